/**
 * The definitions in use, with all that is derived from them: the one place that holds them. They are an immutable value with the version
 * that the database has for it; where another server changes them, this one learns of it here. ARCHITECTURE.md "Definitions".
 */
export interface InUse<T> {
  current(): T;
  /** @returns what is current in the database; the same value where nothing has changed */
  refresh(): Promise<T>;
  /** Looks no more for changes by itself. */
  stop(): void;
}

export interface InUseOptions<T> {
  readonly first: T;
  readonly versionOf: (value: T) => string;
  /** The version in the database. */
  readonly readVersion: () => Promise<string>;
  /** @param before what is current */
  readonly read: (before: T) => Promise<T>;
  /** Called when a look for changes fails; what is in use stays. */
  readonly failed: (error: unknown) => void;
  /** Milliseconds between looks for changes. */
  readonly interval: number;
}

/** @returns the holder; it looks for changes until it is stopped */
export function createInUse<T>({ first, versionOf, readVersion, read, failed, interval }: InUseOptions<T>): InUse<T> {
  let current = first;
  let reading: Promise<T> | undefined;
  const readAnew = async (): Promise<T> => {
    if ((await readVersion()) === versionOf(current)) return current;
    const next = await read(current);
    // Versions only rise: what took longer to read may be older.
    if (BigInt(versionOf(next)) > BigInt(versionOf(current))) current = next;
    return current;
  };
  const refresh = async (): Promise<T> => {
    // A reading that is under way may have begun before the change that is looked for.
    await reading?.catch(() => {});
    reading ??= readAnew().finally(() => (reading = undefined));
    return reading;
  };
  const timer = setInterval(() => void refresh().catch(failed), interval);
  timer.unref();
  return { current: () => current, refresh, stop: () => clearInterval(timer) };
}
