/** npm start: from a fresh clone to a serving FHIR server. */
import { build, install, root } from './install.mjs';
import { alone } from './lock.mjs';

await alone(root, () => {
  install(false);
  build();
});
await import('../dist/main.js');
