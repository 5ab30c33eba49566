/** The parameter that explains a search; server-defined parameters start with "-" (search.html#3.1.1.6). */
export const explainParameter = '-explain';
