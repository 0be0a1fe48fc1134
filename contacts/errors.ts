/** What is wrong with a contacts file as a whole, so that no row of it can be used. */
export type ContactsErrorCode =
  | 'empty'
  | 'no-rows'
  | 'no-valid-row'
  | 'no-contact-number'
  | 'duplicate-column'
  | 'unnamed-column'
  | 'not-a-csv'
  | 'not-utf8'
  | 'broken-quote'
  | 'row-too-long';

/**
 * Thrown when a contacts file is refused as a whole.
 *
 * The message is for the person who made the file: what is wrong and what to do about it. It may end up in logs and in
 * workflow histories, so it never holds a cell of a row, only column names and line numbers.
 */
export class ContactsError extends Error {
  override readonly name = 'ContactsError';

  constructor(
    readonly code: ContactsErrorCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}
