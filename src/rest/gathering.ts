/** What is wrong with each part of a request, told at once. R4: operationoutcome.html. */
import { inSlices } from '../db/slices.ts';
import { FhirError, mostIssues, withinLimit, type Issue } from '../fhir/outcome.ts';

/**
 * @returns what `map` gives for each item, in order
 * @throws FhirError with the issues of all items, and the status of the first; at once anything else that is thrown
 */
export async function gathering<T, R>(items: readonly T[], map: (item: T) => R): Promise<R[]> {
  const faults: FhirError[] = [];
  let count = 0;
  const results = await inSlices(items, (item): R | undefined => {
    if (count > mostIssues) return undefined;
    try {
      return map(item);
    } catch (error) {
      if (!(error instanceof FhirError)) throw error;
      faults.push(error);
      count += error.issues.length;
      return undefined;
    }
  });
  const [first, ...more] = faults;
  if (first === undefined) return results as R[];
  if (more.length === 0) throw first;
  throw new FhirError(first.status, withinLimit(faults.flatMap(({ issues }): readonly Issue[] => issues)), first.headers);
}
