/** The parameter of a dry run: a file of its own, since both what describes parameters and what acts on them name it. */
export const dryRunParameter = '-dry-run';
