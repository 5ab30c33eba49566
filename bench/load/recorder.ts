/** What happened to the requests of a measurement: latencies of those that succeeded, by label and over time, and errors by kind. */
import { latencyOf, median, type Latency } from './percentile.ts';

export interface Recorder {
  /** @param at milliseconds since the measurement began, at the end of the request */
  ok(label: string, ms: number, at: number): void;
  error(label: string, what: string): void;
  result(elapsed: number): Recorded;
}

export interface Recorded {
  readonly ok: number;
  readonly errors: number;
  readonly errorKinds: Readonly<Record<string, number>>;
  readonly latency: Latency;
  readonly labels: Readonly<Record<string, { readonly ok: number } & Latency>>;
  /** Median and largest latency in each tenth of the time: whether it grows. */
  readonly course: readonly { readonly p50: number; readonly p99: number }[];
}

const tenths = 10;
/** Kinds of errors that are told apart; a broken server could make a new one each time. */
const mostKinds = 20;

export function createRecorder(): Recorder {
  const labels = new Map<string, number[]>();
  const all: number[] = [];
  const ends: number[] = [];
  const kinds = new Map<string, number>();
  let errors = 0;
  return {
    ok(label, ms, at) {
      const samples = labels.get(label);
      if (samples === undefined) labels.set(label, [ms]);
      else samples.push(ms);
      all.push(ms);
      ends.push(at);
    },
    error(label, what) {
      errors++;
      const kind = `${label}: ${what}`;
      if (kinds.has(kind) || kinds.size < mostKinds) kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
    },
    result: (elapsed) => ({
      ok: all.length, errors, errorKinds: Object.fromEntries(kinds), latency: latencyOf(all),
      labels: Object.fromEntries([...labels].map(([label, samples]) => [label, { ok: samples.length, ...latencyOf(samples) }])),
      course: courseOf(all, ends, elapsed),
    }),
  };
}

function courseOf(all: readonly number[], ends: readonly number[], elapsed: number): { p50: number; p99: number }[] {
  const parts: number[][] = Array.from({ length: tenths }, () => []);
  all.forEach((ms, n) => parts[Math.min(tenths - 1, Math.floor((ends[n]! / elapsed) * tenths))]!.push(ms));
  if (parts.some((part) => part.length < 20)) return [];
  return parts.map((part) => ({ p50: median(part)!, p99: part.toSorted((a, b) => a - b)[Math.ceil(part.length * 0.99) - 1]! }));
}
