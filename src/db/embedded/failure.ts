/** The embedded Postgres cannot be started; the message is one line for the person at the terminal. */
export class EmbeddedFailure extends Error {
  override readonly name = 'EmbeddedFailure';
}
