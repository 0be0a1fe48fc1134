import { format, isDateFormat } from 'numfmt';

/** The formats that have a number and no text in a workbook (ECMA-376, 18.8.30). */
const BUILT_IN: Record<number, string> = {
  1: '0',
  2: '0.00',
  3: '#,##0',
  4: '#,##0.00',
  9: '0%',
  10: '0.00%',
  11: '0.00E+00',
  12: '# ?/?',
  13: '# ??/??',
  // How Excel shows these two follows the settings of each machine, and 6/7 would be read aloud as June or as July.
  14: 'yyyy-mm-dd',
  15: 'd-mmm-yy',
  16: 'd-mmm',
  17: 'mmm-yy',
  18: 'h:mm AM/PM',
  19: 'h:mm:ss AM/PM',
  20: 'h:mm',
  21: 'h:mm:ss',
  22: 'yyyy-mm-dd h:mm',
  37: '#,##0;(#,##0)',
  38: '#,##0;(#,##0)',
  39: '#,##0.00;(#,##0.00)',
  40: '#,##0.00;(#,##0.00)',
  45: 'mm:ss',
  46: '[h]:mm:ss',
  47: 'mm:ss.0',
  48: '##0.0E+0',
  49: '@',
};

/** A format of numbers, ready to be used. */
export interface NumberFormat {
  /** Undefined for "General". */
  pattern: string | undefined;
  isDate: boolean;
}

export const GENERAL: NumberFormat = { pattern: undefined, isDate: false };

/** Excel's own limit, in UTF-16 units. The time that `numfmt` takes for a pattern grows with the square of its length. */
const LONGEST_PATTERN = 255;

/**
 * "General" for a pattern that Excel does not take either.
 * @param own the formats that the workbook itself defines, by their numbers
 */
export function numberFormat(id: number, own: ReadonlyMap<number, string>): NumberFormat {
  const pattern = own.get(id) ?? BUILT_IN[id];
  if (pattern === undefined || pattern.length > LONGEST_PATTERN || /^general$/i.test(pattern)) return GENERAL;
  try {
    return { pattern, isDate: isDateFormat(pattern) };
  } catch {
    return GENERAL;
  }
}

/** Days from 1 January 1900 to 1 January 1904, where the dates of some workbooks begin. */
const DAYS_TO_1904 = 1462;

/**
 * A number as Excel shows it in a column that is wide enough; but whole numbers with all their digits where Excel would show only the
 * first ones (9.2E+11), since they may be phone numbers.
 */
export function shownNumber(value: number, { pattern, isDate }: NumberFormat = GENERAL, startsIn1904: boolean): string {
  if (pattern === undefined && Number.isSafeInteger(value)) return String(value);
  const shown = formatted(pattern ?? 'General', isDate && startsIn1904 ? value + DAYS_TO_1904 : value);
  const isRounded = Number.isSafeInteger(value) && /\dE[+-]?\d/.test(shown ?? '');
  return shown === undefined || isRounded ? String(value) : shown.trim();
}

/** Undefined where the format is none, or the number too large or too small for it. */
function formatted(pattern: string, value: number): string | undefined {
  try {
    const shown = format(pattern, value);
    return /^#+$/.test(shown) ? undefined : shown;
  } catch {
    return undefined;
  }
}
