/** ETags in requests, in the spellings that clients send. R4: http.html#versioning; RFC 9110 section 8.8.3. */

/**
 * @param header If-Match or If-None-Match: `W/"3"`, `"3"`, `W/3`, `3`, a list of them, or `*`
 * @param tag of what is there: a version, or the tag of what has none
 * @returns whether it names the version
 */
export const matchesETag = (header: string, tag: number | string): boolean =>
  header.split(',').some((part) => {
    const named = part.trim();
    return named === '*' || /^(?:W\/)?"?([^"]*)"?$/.exec(named)?.[1] === String(tag);
  });
