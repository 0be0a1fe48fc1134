import type { Place, Wording } from './wording';

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
 * Thrown when a suppression list cannot be used: without it, people could be called who must not be. The message names the
 * list and says what to do; it holds no entry of it.
 */
export class SuppressionError extends Error {
  override readonly name: string = 'SuppressionError';
}

/** Thrown for a suppression list that can be used, but for entries that cannot be read and may name people to be called. */
export class UnreadableEntriesError extends SuppressionError {
  override readonly name = 'UnreadableEntriesError';
}

/** A row whose end nobody knows: where others follow, they may be a part of it. */
export function brokenRow(line: number): ContactsError {
  return new ContactsError(
    'broken-quote',
    `A quote is opened in the row that starts at line ${line} and never closed: close it, or double it ("") where a quote is meant.`,
  );
}

/** A row that would fill the memory. */
export function rowTooLong(place: Place, wording: Wording): ContactsError {
  return new ContactsError(
    'row-too-long',
    wording.areRows
      ? `${place.row === 0 ? 'The keys of the rows are' : `Row ${place.row} is`} longer than 1 MB: shorten ${place.row === 0 ? 'them' : 'it'}.`
      : `The row that starts at line ${place.line} is longer than 1 MB: shorten it, or close the quote that is open in it.`,
  );
}

/** A header whose column names cannot be told from each other. */
export function brokenHeader(line: number, reason: string): ContactsError {
  return new ContactsError('broken-quote', `The header (line ${line}) ${reason}.`);
}

/** A file that is no text. */
export function binaryFile(areRows = false): ContactsError {
  return new ContactsError(
    'not-a-csv',
    areRows
      ? 'A key of the rows holds a NUL, which is no character of a text: delete it.'
      : 'The file is binary, not a CSV: choose the CSV file with the contacts.',
  );
}
