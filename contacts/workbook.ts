/** As many bytes of a file as are looked at: of an OpenDocument file, up to the end of its kind. */
export const SIGNATURE_BYTES = 96;

const EXPORT_AS =
  'in the program it comes from, choose File → Save As (or Export) → "CSV UTF-8", and give the file that this makes';

/** What the name of the first file in a zip archive says of the archive. */
const FIRST_FILES: readonly [RegExp, string][] = [
  [
    /^(\[Content_Types\]\.xml|_rels\/|xl\/|docProps\/)/,
    'an Excel workbook (.xlsx), not a CSV: in Excel, choose File → Save As → "CSV UTF-8 (Comma delimited)", and give the file that this makes.',
  ],
  [
    /^mimetype.{0,30}?application\/vnd\.oasis\.opendocument/,
    'an OpenDocument spreadsheet (.ods), not a CSV: in LibreOffice, choose File → Save As → "Text CSV" with the character set Unicode (UTF-8), and give the file that this makes.',
  ],
  [
    /^(Index\/|Index\.zip|Data\/|Metadata\/|preview|buildVersionHistory)/,
    'a Numbers spreadsheet, not a CSV: in Numbers, choose File → Export To → CSV… with the text encoding Unicode (UTF-8), and give the file that this makes.',
  ],
  [/^/, `a workbook or a zip archive, not a CSV: ${EXPORT_AS}.`],
];

/** What to do with a file that is a spreadsheet's own kind, told by its first bytes; undefined for any other. */
export function workbookIn(head: Buffer): string | undefined {
  const hex = head.toString('hex', 0, 4);
  if (hex === 'd0cf11e0') {
    return 'The file is an Excel workbook (an old .xls, or one with a password), not a CSV: in Excel, choose File → Save As → "CSV UTF-8 (Comma delimited)", and give the file that this makes.';
  }
  if (hex.startsWith('504b03') || hex.startsWith('504b05')) {
    // Of a local file header: the name is its 31st byte and the following.
    const [, kind] = FIRST_FILES.find(([name]) => name.test(head.toString('latin1', 30))) ?? [];
    return `The file is ${kind}`;
  }
  // Many programs export a web page and call it .xls, since Excel opens that too.
  if (/^\W{0,3}\s*<(!doctype|html|table|meta|head|\?xml|workbook)\b/i.test(head.toString('latin1'))) {
    return `The file is a web page or XML that spreadsheets open, not a CSV: ${EXPORT_AS}.`;
  }
  return undefined;
}
