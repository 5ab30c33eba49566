/** npm start: from a fresh clone to a serving FHIR server. */
import './prepare.mjs';

if (process.env.npm_lifecycle_event !== undefined) stopWithParent();
await import('../dist/main.js');

/** npm hands its signals to a shell, which ends without passing them on: a server left behind would keep port and data. */
function stopWithParent() {
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    process.kill(process.pid, 'SIGTERM');
  }, 250).unref();
}
