import { parse } from 'csv-parse/sync';
import { ApiError } from './answers';

const E164 = /^\+[1-9]\d{6,14}$/;

/** A valid row of the uploaded CSV. */
export interface Contact {
  /** Data row of the file, from 1, invalid ones counted. */
  row: number;
  number: string;
  /** The other columns. */
  fields: Record<string, string>;
}

export interface ContactsFile {
  /** Rows of the file, valid or not. */
  total: number;
  contacts: Contact[];
}

/** Invalid rows are skipped and only show in the difference of the two counts; a number given twice is called twice. */
export function readContacts(csv: string): ContactsFile {
  let rows: Record<string, string>[];
  let names: string[] = [];
  const columns = (header: string[]): string[] => {
    names = header;
    return header;
  };
  try {
    rows = parse(csv, { bom: true, columns, skip_empty_lines: true, relax_column_count: true });
  } catch {
    throw new ApiError(400, { error: 400, message: 'The file could not be read as CSV' });
  }
  if (!names.includes('contact_number')) {
    throw new ApiError(400, { error: 400, message: 'CSV must contain a contact_number column' });
  }
  const contacts: Contact[] = [];
  rows.forEach((row, index) => {
    const { contact_number: number = '', ...fields } = row;
    if (E164.test(number)) contacts.push({ row: index + 1, number, fields });
  });
  return { total: rows.length, contacts };
}

export function isE164(number: string): boolean {
  return E164.test(number);
}
