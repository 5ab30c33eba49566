/** How a process stops: what was begun is undone, last first, and what is under way has its time. */

export type Stop = () => Promise<void>;

/** Milliseconds for what is under way when a server is told to stop. */
const limit = 10_000;
/** Milliseconds after which a process that still has not stopped ends. */
export const patience = limit + 5_000;

/** @returns when all is undone, or soon after the time for it is up */
export async function drain(stops: readonly Stop[]): Promise<void> {
  const isUp = new Promise((resolve) => setTimeout(resolve, limit).unref());
  for (const undo of stops.toReversed()) await Promise.race([undo(), isUp]);
}
