import { OF_A_FILE, type Wording } from './wording';

/** As many bytes of a file as are looked at: of an OpenDocument file, up to the end of its kind. */
export const SIGNATURE_BYTES = 96;

const EXPORT_AS =
  'in the program it comes from, choose File → Save As (or Export) → "CSV UTF-8", and give the file that this makes';

const OTHER_ARCHIVE = `a workbook or a zip archive that cannot be read here, not a CSV: ${EXPORT_AS}.`;

/** What the name of the first file in a zip archive says of the archive, where it is the workbook of another program. */
const FIRST_FILES: readonly [RegExp, string][] = [
  [
    /^mimetype.{0,30}?application\/vnd\.oasis\.opendocument/,
    'an OpenDocument spreadsheet (.ods), not a CSV: in LibreOffice, choose File → Save As → "Text CSV" with the character set Unicode (UTF-8), and give the file that this makes.',
  ],
  [
    /^(Index\/|Index\.zip|Data\/|Metadata\/|preview|buildVersionHistory)/,
    'a Numbers spreadsheet, not a CSV: in Numbers, choose File → Export To → CSV… with the text encoding Unicode (UTF-8), and give the file that this makes.',
  ],
];

function jsonText(wording: Wording): string {
  return `The file holds JSON, not a CSV. If it is a campaign's executions.jsonl, make a contacts file of its results: ${wording.again(['no-answer', 'busy'])}`;
}

/** Whether a file may be an Excel workbook (.xlsx), told by its first bytes. */
export function mayBeXlsx(head: Buffer): boolean {
  return isZip(head) && otherProgram(head) === undefined;
}

function isZip(head: Buffer): boolean {
  return /^504b0[35]/.test(head.toString('hex', 0, 3));
}

function otherProgram(head: Buffer): string | undefined {
  // Of a local file header: the name is its 31st byte and the following.
  return FIRST_FILES.find(([name]) => name.test(head.toString('latin1', 30)))?.[1];
}

/** What to do with a file that is a spreadsheet's own kind, told by its first bytes; undefined for any other. */
export function workbookIn(head: Buffer, wording = OF_A_FILE): string | undefined {
  const hex = head.toString('hex', 0, 4);
  if (hex === 'd0cf11e0') {
    return 'The file is an Excel workbook (an old .xls, or one with a password), not a CSV: in Excel, choose File → Save As → "CSV UTF-8 (Comma delimited)", and give the file that this makes.';
  }
  if (isZip(head)) return `The file is ${otherProgram(head) ?? OTHER_ARCHIVE}`;
  // Many programs export a web page and call it .xls, since Excel opens that too.
  if (/^\W{0,3}\s*<(!doctype|html|table|meta|head|\?xml|workbook)\b/i.test(head.toString('latin1'))) {
    return `The file is a web page or XML that spreadsheets open, not a CSV: ${EXPORT_AS}.`;
  }
  if (/^\W{0,3}\s*\[?\s*\{\s*"/.test(head.toString('latin1'))) return jsonText(wording);
  return undefined;
}
