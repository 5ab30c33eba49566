/** Preloaded into a server: at SIGUSR2 writes the longest time that the event loop stood still since the last one, in ms, to the file LOOP_DELAY. */
import { writeFileSync } from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';

const delay = monitorEventLoopDelay({ resolution: 5 });
delay.enable();
process.on('SIGUSR2', () => {
  writeFileSync(process.env.LOOP_DELAY, String(Math.round(delay.max / 1e6)));
  delay.reset();
});
