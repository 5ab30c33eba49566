/**
 * Loads files into a FHIR server over HTTP, some at once. What is refused because it refers to what is not there yet is tried again
 * after the rest, for as long as a round gets further, so that the order of the files does not matter.
 */
import type { SourceFile } from './files.ts';
import { requestsOf, type LoadRequest } from './requests.ts';
import { openTarget, type Failure, type Outcome } from './send.ts';

export interface LoadOptions {
  readonly base: string;
  readonly concurrency: number;
  /** Told after every request; `done` and `size` are bytes on the disk. */
  readonly onProgress?: (progress: Progress) => void;
}

export interface Progress {
  readonly done: number;
  readonly size: number;
  readonly resources: number;
  readonly seconds: number;
  readonly waiting: number;
}

export interface LoadResult {
  readonly stored: ReadonlyMap<string, number>;
  readonly resources: number;
  readonly seconds: number;
  readonly failures: readonly Failure[];
}

/** Statuses of a Bundle whose conditional references do not resolve, in the ways servers answer it. */
const mayComeLater: ReadonlySet<number> = new Set([400, 404, 409, 412, 422]);

/** @throws ServerUnreachable */
export async function load(files: readonly SourceFile[], { base, concurrency, onProgress }: LoadOptions): Promise<LoadResult> {
  const target = openTarget(base, concurrency);
  const began = performance.now();
  const size = files.reduce((sum, file) => sum + file.size, 0);
  const stored = new Map<string, number>();
  const failures: Failure[] = [];
  let done = 0;
  let resources = 0;
  const seconds = (): number => (performance.now() - began) / 1000;

  const send = async (request: LoadRequest): Promise<Outcome> => {
    const outcome = await target.send(request);
    for (const [type, count] of outcome.stored) {
      stored.set(type, (stored.get(type) ?? 0) + count);
      resources += count;
    }
    return outcome;
  };

  /** One round over the files. @returns those of which nothing was stored, with why */
  const round = async (queue: SourceFile[]): Promise<Map<SourceFile, readonly Failure[]>> => {
    const refused = new Map<SourceFile, readonly Failure[]>();
    const underWay = new Set<Promise<void>>();
    const work = async (): Promise<void> => {
      for (let file = queue.shift(); file !== undefined; file = queue.shift()) {
        let isWhole = true;
        let finish = (): void => {};
        const finished = new Promise<void>((resolve) => (finish = resolve));
        underWay.add(finished);
        try {
          for await (const request of requestsOf(file)) {
            const outcome = await send(request);
            const [failure] = outcome.failures;
            if (failure !== undefined && outcome.stored.size === 0 && request.body.length > 0 && mayComeLater.has(failure.status) && failure.name === file.path) {
              refused.set(file, outcome.failures);
              isWhole = false;
            } else failures.push(...outcome.failures);
          }
        } catch (error) {
          if (!(error instanceof Error) || error.constructor.name === 'ServerUnreachable') throw error;
          failures.push({ name: file.path, status: 0, reason: error.message });
        }
        underWay.delete(finished);
        finish();
        if (isWhole) done += file.size;
        // What it lacks may well be on its way: sending more that lacks the same would be in vain.
        else if (underWay.size > 0) await Promise.race(underWay);
        onProgress?.({ done, size, resources, seconds: seconds(), waiting: refused.size });
      }
    };
    await Promise.all(Array.from({ length: concurrency }, work));
    return refused;
  };

  try {
    let refused = await round([...files]);
    while (refused.size > 0) {
      const before = refused.size;
      refused = await round([...refused.keys()].toSorted((a, b) => (a.path < b.path ? -1 : 1)));
      if (refused.size === before) break;
    }
    for (const reasons of refused.values()) failures.push(...reasons);
  } finally {
    target.close();
  }
  return { stored, resources, seconds: seconds(), failures };
}
