/** What a load looks like in a terminal: a bar that moves, or a line every five seconds where there is no terminal. */
import type { WriteStream } from 'node:tty';
import type { LoadResult, Progress } from './load.ts';

type Output = Pick<WriteStream, 'write' | 'isTTY'>;

const barWidth = 30;
const shownFailures = 50;

export function showProgress(output: Output): (progress: Progress) => void {
  let shown = 0;
  const interval = output.isTTY ? 100 : 5_000;
  return (progress) => {
    const now = performance.now();
    if (now - shown < interval && progress.done < progress.size) return;
    shown = now;
    const text = line(progress);
    output.write(output.isTTY ? `\r${text}\u001B[K` : `${text}\n`);
  };
}

function line({ done, size, resources, seconds, waiting }: Progress): string {
  const share = size === 0 ? 1 : done / size;
  const filled = Math.round(share * barWidth);
  const rate = Math.round(resources / Math.max(seconds, 0.001));
  const left = share === 0 ? '' : `, ${duration((seconds / share) * (1 - share))} left`;
  const again = waiting === 0 ? '' : `, ${waiting} files to try again`;
  return `[${'#'.repeat(filled)}${'.'.repeat(barWidth - filled)}] ${Math.floor(share * 100)} %, ${resources} resources, ${rate}/s${left}${again}`;
}

const duration = (seconds: number): string => (seconds < 60 ? `${Math.ceil(seconds)} s` : `${Math.floor(seconds / 60)} min ${Math.ceil(seconds % 60)} s`);

export function showResult(output: Output, files: number, { stored, resources, seconds, failures }: LoadResult): void {
  if (output.isTTY) output.write('\n');
  for (const [type, count] of [...stored].toSorted(([a], [b]) => (a < b ? -1 : 1))) output.write(`${String(count).padStart(9)}  ${type}\n`);
  output.write(`${String(resources).padStart(9)}  resources of ${files} files in ${seconds.toFixed(1)} s, ${Math.round(resources / Math.max(seconds, 0.001))}/s\n`);
  if (failures.length === 0) return;
  output.write(`${failures.length} failures:\n`);
  for (const { name, status, reason } of failures.slice(0, shownFailures)) output.write(`  ${name}: ${status === 0 ? '' : `${status} `}${reason}\n`);
  if (failures.length > shownFailures) output.write(`  and ${failures.length - shownFailures} more\n`);
}
