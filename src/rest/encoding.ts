/** Content codings that a client takes. R4: http.html#mime-type; RFC 9110 section 12.5.3. */

/** @returns whether an Accept-Encoding asks for gzip, by name or by `*`, and not with a quality of 0 */
export function acceptsGzip(header: string | undefined): boolean {
  const qualities = new Map((header ?? '').toLowerCase().split(',').map((part): [string, number] => {
    const [name = '', ...options] = part.split(';').map((piece) => piece.trim());
    return [name, Number(options.find((option) => option.startsWith('q='))?.slice(2) ?? 1)];
  }));
  return (qualities.get('gzip') ?? qualities.get('x-gzip') ?? qualities.get('*') ?? 0) > 0;
}
