/**
 * Several statements as one message: Postgres answers them together, where each of its own would be sent, and waited for by an event, by itself. A tenth
 * of what a small write costs Postgres (DECISIONS.md "Storage").
 *
 * The protocol's extended query, with one Sync behind all: PostgreSQL's manual, protocol-flow.html#PROTOCOL-FLOW-PIPELINING. The driver makes each
 * statement's messages; only its Syncs are left out.
 */
import pg from 'pg';
import type { Statement } from './pool.ts';

/** What the driver calls, and has no types of. */
interface Messages {
  name: string | undefined;
  text: string | undefined;
  readonly _result: { rows: object[]; _types: unknown };
  prepare(connection: pg.Connection): void;
  handleRowDescription(message: unknown): void;
  handleDataRow(message: unknown): void;
  handleCommandComplete(message: unknown, connection: pg.Connection): void;
  handleError(error: Error, connection: pg.Connection): void;
  handleReadyForQuery(connection: pg.Connection): void;
}
type Callback = (error: Error | undefined, rows: object[][]) => void;
/** Of the driver's connection: the texts of names whose preparation is on its way. */
type Connection = pg.Connection & { readonly submittedNamedStatements: Record<string, string> };

const DriverQuery = pg.Query as unknown as new (config: object) => Messages & pg.Submittable;

class Batch extends DriverQuery {
  readonly #queries: readonly Messages[];
  readonly #answered: Callback;
  /** The one that is being answered. */
  #at = 0;
  /** Of a value that cannot be sent, or read. */
  #failure: Error | undefined;

  constructor(statements: readonly Statement[], answered: Callback) {
    super({});
    this.#answered = answered;
    const callback = (error: Error | null): void => void (this.#failure ??= error ?? undefined);
    this.#queries = statements.map(({ text, name, values }) => new DriverQuery({ text, name, values: [...(values ?? [])], callback }));
    this.#follow();
  }

  /** By name and text the driver knows what has been prepared. */
  #follow(): void {
    const { name, text } = this.#queries[this.#at] ?? {};
    this.name = name;
    this.text = text;
  }

  override submit = (connection: pg.Connection): void => {
    const withoutSync = Object.create(connection, { sync: { value: () => {} } }) as pg.Connection;
    connection.stream.cork();
    try {
      for (const query of this.#queries) {
        query._result._types = this._result._types;
        query.prepare(withoutSync);
      }
      connection.sync();
    } finally {
      connection.stream.uncork();
    }
  };

  override handleRowDescription(message: unknown): void {
    this.#queries[this.#at]!.handleRowDescription(message);
  }

  override handleDataRow(message: unknown): void {
    this.#queries[this.#at]!.handleDataRow(message);
  }

  override handleCommandComplete(message: unknown, connection: pg.Connection): void {
    this.#queries[this.#at]!.handleCommandComplete(message, connection);
    this.#at++;
    this.#follow();
  }

  override handleError(error: Error, connection: pg.Connection): void {
    // Those behind it were passed over, and are not prepared.
    for (const { name } of this.#queries.slice(this.#at)) if (name !== undefined) delete (connection as Connection).submittedNamedStatements[name];
    this.#answered(error, []);
  }

  override handleReadyForQuery(connection: pg.Connection): void {
    for (const query of this.#queries) query.handleReadyForQuery(connection);
    this.#answered(this.#failure, this.#queries.map(({ _result: { rows } }) => rows));
  }
}

/** @returns the rows of each; throws Postgres's error of the first that fails, behind which none is carried out */
export const sendTogether = (client: pg.PoolClient, statements: readonly Statement[]): Promise<object[][]> => new Promise((resolve, reject) => {
  client.query(new Batch(statements, (error, rows) => (error === undefined ? resolve(rows) : reject(error))));
});
