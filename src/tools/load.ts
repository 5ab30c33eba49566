/** npm run load -- PATH… : loads files of FHIR resources and Bundles into a server. */
import { parseArgs } from 'node:util';
import { findFiles } from './load/files.ts';
import { load } from './load/load.ts';
import { showProgress, showResult } from './load/show.ts';
import { ServerUnreachable } from './load/send.ts';

const usage = `npm run load -- PATH… [--url http://localhost:8080/fhir] [--concurrency 3]
  PATH  a file or a folder of .json, .ndjson, each also with .gz: Bundles, resources, or resources line by line`;

function fail(message: string): never {
  process.stderr.write(`${message}\n`);
  process.exit(1);
}

try {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { url: { type: 'string', default: 'http://localhost:8080/fhir' }, concurrency: { type: 'string', default: '3' }, help: { type: 'boolean' } },
  });
  if (values.help === true || positionals.length === 0) {
    process.stdout.write(`${usage}\n`);
    process.exit(values.help === true ? 0 : 1);
  }
  if (!URL.canParse(values.url)) fail(`--url is "${values.url}", which is no URL`);
  if (!/^[1-9]\d?$/.test(values.concurrency)) fail(`--concurrency is "${values.concurrency}", which is not a number from 1 to 99`);
  const files = await findFiles(positionals);
  const result = await load(files, { base: values.url, concurrency: Number(values.concurrency), onProgress: showProgress(process.stdout) });
  showResult(process.stdout, files.length, result);
  process.exit(result.failures.length === 0 ? 0 : 1);
} catch (error) {
  if (error instanceof ServerUnreachable || (error instanceof Error && (error.message.startsWith('There is no ') || 'code' in error))) fail(error.message);
  throw error;
}
