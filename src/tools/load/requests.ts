/** From files to requests: Bundles go as they are, resources by PUT or POST, lines in batches. The resources' texts are never rebuilt. */
import { compactJson } from '../../fhir/json/scan.ts';
import { elements, findMember, stringAt } from '../../fhir/json/walk.ts';
import { isLines, readLines, readWhole, type SourceFile } from './files.ts';

export interface LoadRequest {
  readonly method: 'POST' | 'PUT';
  /** Below the base; empty for the base. */
  readonly path: string;
  readonly body: Buffer;
  /** The file, and the first line where it has several requests. */
  readonly name: string;
  readonly file: SourceFile;
}

/** Resources in a batch made of lines or of a collection. */
const batchSize = 200;

/** @throws Error where the file is no JSON of FHIR */
export async function* requestsOf(file: SourceFile): AsyncGenerator<LoadRequest> {
  if (!isLines(file)) {
    yield* requestsOfText(compactJson(await readWhole(file)).bytes, file);
    return;
  }
  let lines: Buffer[] = [];
  let first = 1;
  let line = 0;
  for await (const text of readLines(file)) {
    line++;
    lines.push(compactJson(Buffer.from(text)).bytes);
    if (lines.length === batchSize) {
      yield batchOf(lines, `${file.path}:${first}`, file);
      lines = [];
      first = line + 1;
    }
  }
  if (lines.length > 0) yield batchOf(lines, `${file.path}:${first}`, file);
}

function* requestsOfText(bytes: Buffer, file: SourceFile): Generator<LoadRequest> {
  if (textOf(bytes, 'resourceType') !== 'Bundle') {
    yield { ...targetOf(bytes), body: bytes, name: file.path, file };
    return;
  }
  const type = textOf(bytes, 'type');
  if (type === 'transaction' || type === 'batch') {
    yield { method: 'POST', path: '', body: bytes, name: file.path, file };
    return;
  }
  const resources: Buffer[] = [];
  const entries = findMember(bytes, 0, 'entry');
  for (const entry of entries === undefined ? [] : elements(bytes, entries.start)) {
    const resource = findMember(bytes, entry.start, 'resource');
    if (resource !== undefined) resources.push(bytes.subarray(resource.start, resource.end));
  }
  for (let n = 0; n < resources.length; n += batchSize) yield batchOf(resources.slice(n, n + batchSize), `${file.path}#${n}`, file);
}

function textOf(bytes: Buffer, key: string): string | undefined {
  if (bytes[0] !== 0x7b) throw new Error('is no JSON object');
  const member = findMember(bytes, 0, key);
  return member === undefined || bytes[member.start] !== 0x22 ? undefined : stringAt(bytes, member.start, member.end);
}

/** With an id a resource goes to its place; without one the server gives it one. */
function targetOf(resource: Buffer): { method: 'POST' | 'PUT'; path: string } {
  const type = textOf(resource, 'resourceType');
  const id = textOf(resource, 'id');
  if (type === undefined) throw new Error('has no resourceType');
  return id === undefined ? { method: 'POST', path: type } : { method: 'PUT', path: `${type}/${id}` };
}

function batchOf(resources: readonly Buffer[], name: string, file: SourceFile): LoadRequest {
  const parts: Buffer[] = [Buffer.from('{"resourceType":"Bundle","type":"batch","entry":[')];
  resources.forEach((resource, n) => {
    const { method, path } = targetOf(resource);
    parts.push(
      Buffer.from(`${n === 0 ? '' : ','}{"resource":`), resource, Buffer.from(`,"request":${JSON.stringify({ method, url: path })}}`),
    );
  });
  parts.push(Buffer.from(']}'));
  return { method: 'POST', path: '', body: Buffer.concat(parts), name, file };
}
