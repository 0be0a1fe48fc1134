/** What is wrong with a contacts file as a whole, so that no row of it can be used. */
export type ContactsErrorCode =
  | 'empty'
  | 'no-rows'
  | 'no-valid-row'
  | 'no-contact-number'
  | 'several-number-columns'
  | 'no-required-column'
  | 'results-file'
  | 'unknown-country'
  | 'duplicate-column'
  | 'not-a-csv'
  | 'no-such-sheet'
  | 'workbook-too-large'
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

/**
 * Thrown when a do-not-call list cannot be used: without it, people could be called who must not be. The message names the
 * list and says what to do; it holds no entry of it.
 */
export class SuppressionError extends Error {
  override readonly name: string = 'SuppressionError';
}

/** Thrown for a suppression list that can be used, but for entries that cannot be read and may name people to be called. */
export class UnreadableEntriesError extends SuppressionError {
  override readonly name = 'UnreadableEntriesError';
}

/** What is wrong with the row that starts at a line, by the code of csv-parse's error. */
export function brokenRow(code: string, line: number): ContactsError {
  switch (code) {
    case 'CSV_QUOTE_NOT_CLOSED':
      return new ContactsError(
        'broken-quote',
        `A quote is opened in the row that starts at line ${line} and never closed: close it, or double it ("") where a quote is meant.`,
      );
    case 'CSV_INVALID_CLOSING_QUOTE':
    case 'CSV_NON_TRIMABLE_CHAR_AFTER_CLOSING_QUOTE':
    // This one really has no prefix.
    case 'INVALID_OPENING_QUOTE':
      return new ContactsError(
        'broken-quote',
        `The row that starts at line ${line} has a quote in the wrong place: quote whole values only, and double ("") a quote inside one.`,
      );
    case 'CSV_MAX_RECORD_SIZE':
      return new ContactsError(
        'row-too-long',
        `The row that starts at line ${line} is longer than 1 MB: shorten it, or close the quote that is open in it.`,
      );
    default:
      return new ContactsError('not-a-csv', `The row that starts at line ${line} cannot be read as CSV: check it.`);
  }
}
