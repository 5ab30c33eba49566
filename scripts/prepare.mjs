/** Makes a fresh clone able to run what is compiled: the server, and the tools of src/tools/. */
import { build, install, root } from './install.mjs';
import { alone } from './lock.mjs';

await alone(root, () => {
  install(false);
  build();
});
