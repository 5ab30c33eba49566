/** npm run bench:grow: more of the same patients in a loaded database of ours. */
import { parseArgs } from 'node:util';
import { grow } from './grow/grow.ts';

const usage = `npm run bench:grow -- --database-url URL --to N [--types T,T]
  Copies the patients of the database, with all that is theirs, until it holds N resources; with --types, of these types alone. The server is to be stopped meanwhile.
  For a benchmark: npm run bench -- --grown N`;

const { values } = parseArgs({ options: { 'database-url': { type: 'string' }, to: { type: 'string' }, types: { type: 'string' }, help: { type: 'boolean' } } });
if (values.help === true || values['database-url'] === undefined || !/^[1-9]\d{0,9}$/.test(values.to ?? '')) {
  process.stderr.write(`${usage}\n`);
  process.exit(values.help === true ? 0 : 1);
}
const { before, after } = await grow(values['database-url'], Number(values.to), (text) => process.stdout.write(`${text}\n`), values.types?.split(','));
process.stdout.write(`${before} resources, now ${after}\n`);
