/** ETags in requests, in the spellings that clients send. R4: http.html#versioning; RFC 9110 section 8.8.3. */

/**
 * @param header If-Match or If-None-Match: `W/"3"`, `"3"`, `W/3`, `3`, a list of them, or `*`
 * @returns whether it names the version
 */
export const matchesETag = (header: string, version: number): boolean =>
  header.split(',').some((part) => {
    const tag = part.trim();
    return tag === '*' || /^(?:W\/)?"?([^"]*)"?$/.exec(tag)?.[1] === String(version);
  });
