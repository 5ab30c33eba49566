/**
 * Several statements as one message: Postgres answers them together, where each of its own would be sent, and waited for by an event, by itself. A tenth
 * of what a small write costs Postgres (DECISIONS.md "Storage").
 *
 * The protocol's extended query, with one Sync behind all: PostgreSQL's manual, protocol-flow.html#PROTOCOL-FLOW-PIPELINING. The driver makes the parts of
 * the message and reads the rows; a query of its own for each statement would cost a small write as much again.
 */
import pg from 'pg';
import type { Statement } from './pool.ts';

/** What the driver calls, and has no types of. */
interface Messages {
  name: string | undefined;
  text: string | undefined;
  readonly _result: { readonly _types: unknown };
  submit(connection: pg.Connection): Error | null;
  handleRowDescription(message: { readonly fields: unknown }): void;
  handleDataRow(message: { readonly fields: unknown }): void;
  handleCommandComplete(): void;
  handleError(error: Error, connection: pg.Connection): void;
  handleReadyForQuery(): void;
}
/** Of the driver's connection: what makes a message and sends it by `_send`. */
interface Parts {
  parse(statement: { readonly name: string; readonly text: string; readonly types: readonly number[] }): void;
  bind(portal: { readonly statement: string; readonly values: readonly unknown[] | undefined; readonly valueMapper: (value: unknown) => unknown }): void;
  describe(what: { readonly type: 'P'; readonly name: '' }): void;
  execute(): void;
  sync(): void;
}
/** Of the driver's connection: by name, the texts that are prepared, and those whose preparation is on its way; what sends, where the socket still takes something. */
type Connection = pg.Connection & { readonly parsedStatements: Record<string, string>; readonly submittedNamedStatements: Record<string, string>; _send(message: Buffer): boolean };
interface Rows {
  addFields(fields: unknown): void;
  parseRow(fields: unknown): object;
}
type Callback = (error: Error | undefined, rows: object[][]) => void;

const DriverQuery = pg.Query as unknown as new (config: object) => Messages & pg.Submittable;
const DriverResult = (pg as unknown as { readonly Result: new (mode: undefined, types: unknown) => Rows }).Result;
const { prepareValue } = (pg as unknown as { readonly utils: { prepareValue(value: unknown): unknown } }).utils;

const driver = pg.Connection.prototype as unknown as Parts;

/** The driver's connection as far as it makes messages, which it would send one by one. */
class Message implements Parts {
  readonly #parts: Buffer[] = [];
  readonly parse = driver.parse;
  readonly bind = driver.bind;
  readonly describe = driver.describe;
  readonly execute = driver.execute;
  readonly sync = driver.sync;

  _send(part: Buffer): void {
    this.#parts.push(part);
  }

  whole(): Buffer {
    return Buffer.concat(this.#parts);
  }
}

class Batch extends DriverQuery {
  readonly #statements: readonly Statement[];
  readonly #rows: object[][];
  readonly #answered: Callback;
  /** The one that is being answered. */
  #at = 0;
  #reader: Rows | undefined;
  /** Of a row that cannot be read. */
  #failure: Error | undefined;

  constructor(statements: readonly Statement[], answered: Callback) {
    super({});
    this.#statements = statements;
    this.#rows = statements.map(() => []);
    this.#answered = answered;
    this.#follow();
  }

  /** By name and text the driver knows what has been prepared. */
  #follow(): void {
    const { name, text } = this.#statements[this.#at] ?? {};
    this.name = name;
    this.text = text;
  }

  /** @returns the error of a value that cannot be sent: then nothing was */
  override submit = (connection: pg.Connection): Error | null => {
    const { parsedStatements: prepared, submittedNamedStatements: onTheWay } = connection as Connection;
    const message = new Message();
    const added: string[] = [];
    try {
      for (const { text, name = '', values } of this.#statements) {
        if (name === '' || (prepared[name] === undefined && onTheWay[name] === undefined)) {
          message.parse({ text, name, types: [] });
          if (name !== '') {
            added.push(name);
            onTheWay[name] = text;
          }
        }
        message.bind({ statement: name, values, valueMapper: prepareValue });
        message.describe({ type: 'P', name: '' });
        message.execute();
      }
    } catch (error) {
      for (const name of added) delete onTheWay[name];
      // What others have on its way by these names stays: handleError finds nothing of this one's.
      this.#at = this.#statements.length;
      return error as Error;
    }
    message.sync();
    (connection as Connection)._send(message.whole());
    return null;
  };

  override handleRowDescription({ fields }: { readonly fields: unknown }): void {
    this.#reader = new DriverResult(undefined, this._result._types);
    this.#reader.addFields(fields);
  }

  override handleDataRow({ fields }: { readonly fields: unknown }): void {
    try {
      this.#rows[this.#at]!.push(this.#reader!.parseRow(fields));
    } catch (error) {
      this.#failure ??= error as Error;
    }
  }

  override handleCommandComplete(): void {
    this.#at++;
    this.#follow();
  }

  override handleError(error: Error, connection: pg.Connection): void {
    // Those behind it were passed over, and are not prepared.
    for (const { name } of this.#statements.slice(this.#at)) if (name !== undefined) delete (connection as Connection).submittedNamedStatements[name];
    this.#answered(error, []);
  }

  override handleReadyForQuery(): void {
    this.#answered(this.#failure, this.#rows);
  }
}

/** @returns the rows of each; throws Postgres's error of the first that fails, behind which none is carried out */
export const sendTogether = (client: pg.PoolClient, statements: readonly Statement[]): Promise<object[][]> => new Promise((resolve, reject) => {
  client.query(new Batch(statements, (error, rows) => (error === undefined ? resolve(rows) : reject(error))));
});
