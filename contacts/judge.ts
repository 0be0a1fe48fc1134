import { isBlank } from './blank';
import { cut } from './cut';
import { ContactsError } from './errors';
import { misfit } from './fit';
import type { Header } from './header';
import { readNumber } from './number';
import { NUMBER_COLUMN } from './number-column';
import { NumberLines } from './number-lines';
import type { NumberSet } from './number-set';
import type { BrokenRow, TableRow } from './row-splitter';
import { OF_A_FILE, type Wording } from './wording';

/** What the campaign thinks of a row. */
export type Judgement =
  | {
      verdict: 'valid';
      /** E.164. */
      number: string;
      /** Set when the number is called but looks odd. */
      note?: string;
    }
  | {
      verdict: 'rejected' | 'duplicate' | 'suppressed';
      /** Where the fault is; empty when it is the row's as a whole. */
      column: string;
      /** What stands there, at most 200 characters of it. */
      value: string;
      /** For a person with a spreadsheet; holds nothing personal. */
      reason: string;
    };

/** Characters of a row that `rejected.csv` shows. */
export const MAX_SHOWN = 200;

export interface JudgeOptions {
  /** Numbers that are not to be called, whatever the file says. */
  suppressed?: Pick<NumberSet, 'has'> | undefined;
  /** Whose numbers those without a + are; without it they are rejected. */
  country?: string | undefined;
  /** Columns without a value in which a row is rejected. */
  required?: readonly string[] | undefined;
  /** How the contacts are spoken of. Default: as a file. */
  wording?: Wording | undefined;
}

/** Judges the rows of one file, in its order; remembers the numbers seen, in some 30 bytes each. */
export class Judge {
  readonly #header: Header;
  readonly #seen = new NumberLines();
  readonly #suppressed: Pick<NumberSet, 'has'> | undefined;

  readonly #country: string | undefined;
  readonly #required: readonly { name: string; at: number }[];
  readonly #wording: Wording;

  /** @throws ContactsError where the file has not every required column */
  constructor(header: Header, { suppressed, country, required = [], wording = OF_A_FILE }: JudgeOptions = {}) {
    this.#wording = wording;
    this.#suppressed = suppressed;
    this.#country = country;
    this.#header = header;
    this.#required = required.map((name) => ({ name, at: header.columns.indexOf(name) }));
    const absent = this.#required.find(({ at }) => at < 0);
    if (absent) {
      throw new ContactsError(
        'no-required-column',
        `${wording.they('has', 'have')} no column "${cut(absent.name, 100)}", and each row must have a value there: add the column, or require it no longer.`,
      );
    }
  }

  judge({ line, row = line, cells, broken }: TableRow): Judgement {
    if (broken) return { verdict: 'rejected', column: '', value: shownText(broken), reason: broken.reason };
    const reason = misfit(cells, this.#header, this.#wording);
    if (reason !== undefined) {
      return { verdict: 'rejected', column: '', value: cut(cells.join(','), MAX_SHOWN), reason };
    }
    const typed = cells[this.#header.numberAt] ?? '';
    const judged = readNumber(typed, this.#country);
    if (!judged.ok) return { verdict: 'rejected', ...numberFault(typed), reason: judged.reason };
    const { number, note } = judged;
    // Before duplicates: each row of somebody on the list says why nobody is called.
    if (this.#suppressed?.has(Number(number))) {
      return { verdict: 'suppressed', ...numberFault(typed), reason: SUPPRESSED_REASON };
    }
    // Before duplicates too: a later row of the same person may have what is missing here.
    const missing = this.#required.find(({ at }) => isBlank(cells[at] ?? ''));
    if (missing) {
      const value = cut(cells[missing.at] ?? '', MAX_SHOWN);
      return { verdict: 'rejected', column: missing.name, value, reason: BLANK_REASON };
    }
    const first = this.#seen.add(Number(number), row);
    if (first !== undefined) {
      return { verdict: 'duplicate', ...numberFault(typed), reason: `duplicate of ${this.#wording.unit} ${first}` };
    }
    return note === undefined ? { verdict: 'valid', number } : { verdict: 'valid', number, note };
  }
}

/** What `rejected.csv` shows of a row that cannot be read: a file that people open holds no NUL. */
export function shownText({ text }: BrokenRow): string {
  return cut(text, MAX_SHOWN).replaceAll('\0', '\u2400');
}

function numberFault(typed: string): { column: string; value: string } {
  return { column: NUMBER_COLUMN, value: cut(typed, MAX_SHOWN) };
}

const BLANK_REASON = 'has no value, and each row must have one; enter it, or delete the row';

/** Whether a reason of `rejected.csv` is a duplicate's: it has no column that tells a duplicate from a rejected row. */
export function isDuplicateReason(reason: string): boolean {
  return /^duplicate of (line|row) \d+$/.test(reason);
}

/** Read back as well, like a duplicate's. */
const SUPPRESSED_REASON = 'is on a suppression list';
/** As campaigns of version 0.4 and earlier have written it. */
const EARLIER_REASON = 'is on the do-not-call list';

/** Whether a reason of `rejected.csv` is that of a row on a suppression list. */
export function isSuppressedReason(reason: string): boolean {
  return reason === SUPPRESSED_REASON || reason === EARLIER_REASON;
}
