import { crc32, deflateRawSync } from 'node:zlib';

/** A cell: a text, a number with a format of its own, or the XML of one. */
export type Cell = string | { number: number; format?: string | number } | { xml: string } | undefined;

export interface MadeWorkbook {
  /** Rows of the sheets by their names; a row is left out where it is undefined. */
  sheets: Record<string, (Cell[] | undefined)[]>;
  hidden?: string[];
  startsIn1904?: boolean;
}

const TYPE = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships';
const relations = (list: [id: string, type: string, target: string][]) =>
  `<?xml version="1.0"?><Relationships>${list
    .map(([id, type, target]) => `<Relationship Id="${id}" Type="${TYPE}/${type}" Target="${target}"/>`)
    .join('')}</Relationships>`;
const escaped = (text: string) =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');

/** A workbook as Excel writes it: texts are shared, numbers refer to formats. */
export function workbook({ sheets, hidden = [], startsIn1904 = false }: MadeWorkbook): Buffer {
  const names = Object.keys(sheets);
  const strings = new Map<string, number>();
  const formats = new Map<string | number, number>([[0, 0]]);
  const place = <T>(map: Map<T, number>, key: T) => {
    if (!map.has(key)) map.set(key, map.size);
    return map.get(key);
  };
  const cell = (made: Cell, at: string): string => {
    if (made === undefined) return '';
    if (typeof made === 'string') return `<c r="${at}" t="s"><v>${place(strings, made)}</v></c>`;
    if ('xml' in made) return made.xml.replace('<c', `<c r="${at}"`);
    return `<c r="${at}" s="${place(formats, made.format ?? 0)}"><v>${made.number}</v></c>`;
  };
  const sheet = (rows: (Cell[] | undefined)[]) =>
    `<worksheet><sheetData>${rows
      .map((cells, y) => {
        const xml = cells?.map((made, x) => cell(made, `${String.fromCharCode(65 + x)}${y + 1}`)).join('');
        return xml === undefined ? '' : `<row r="${y + 1}">${xml}</row>`;
      })
      .join('')}</sheetData></worksheet>`;
  const files: Record<string, string> = {
    '[Content_Types].xml': '<Types/>',
    '_rels/.rels': relations([['rId1', 'officeDocument', 'xl/workbook.xml']]),
    'xl/_rels/workbook.xml.rels': relations([
      ...names.map((_, at): [string, string, string] => [`s${at}`, 'worksheet', `worksheets/sheet${at + 1}.xml`]),
      ['x', 'sharedStrings', 'sharedStrings.xml'],
      ['y', 'styles', '/xl/styles.xml'],
    ]),
  };
  names.forEach((name, at) => {
    files[`xl/worksheets/sheet${at + 1}.xml`] = sheet(sheets[name] ?? []);
  });
  files['xl/workbook.xml'] =
    `<x:workbook xmlns:x="x" xmlns:r="r"><x:workbookPr date1904="${Number(startsIn1904)}"/><x:sheets>${names
      .map(
        (name, at) =>
          `<x:sheet name="${escaped(name)}" r:id="s${at}"${hidden.includes(name) ? ' state="hidden"' : ''}/>`,
      )
      .join('')}</x:sheets></x:workbook>`;
  files['xl/sharedStrings.xml'] = `<sst>${[...strings.keys()]
    // In pieces, as a text with one bold word, and with how it is pronounced.
    .map((text) => `<si><r><t xml:space="preserve">${escaped(text)}</t></r><rPh><t>zzz</t></rPh></si>`)
    .join('')}</sst>`;
  const codes = [...formats.keys()];
  files['xl/styles.xml'] = `<styleSheet><numFmts>${codes
    .map((code, at) =>
      typeof code === 'string' ? `<numFmt numFmtId="${200 + at}" formatCode="${escaped(code)}"/>` : '',
    )
    .join('')}</numFmts><cellStyleXfs><xf numFmtId="9"/></cellStyleXfs><cellXfs>${codes
    .map((code, at) => `<xf numFmtId="${typeof code === 'string' ? 200 + at : code}"/>`)
    .join('')}</cellXfs></styleSheet>`;
  return zip(Object.entries(files).map(([name, content]) => ({ name, content: Buffer.from(content) })));
}

/** A zip archive. @param claim what a file says of its length, where that is a lie */
export function zip(files: readonly { name: string; content: Buffer; claim?: number }[]): Buffer {
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const { name, content, claim = content.length } of files) {
    const packed = deflateRawSync(content);
    const header = Buffer.alloc(26);
    header.writeUInt16LE(20, 0);
    header.writeUInt16LE(8, 4);
    header.writeUInt32LE(crc32(content), 10);
    header.writeUInt32LE(packed.length, 14);
    header.writeUInt32LE(claim, 18);
    header.writeUInt16LE(Buffer.byteLength(name), 22);
    const entry = Buffer.alloc(42);
    header.copy(entry, 2);
    entry.writeUInt16LE(20, 0);
    entry.writeUInt32LE(offset, 38);
    directory.push(Buffer.from('PK\x01\x02', 'latin1'), entry, Buffer.from(name));
    parts.push(Buffer.from('PK\x03\x04', 'latin1'), header, Buffer.from(name), packed);
    offset += 4 + header.length + Buffer.byteLength(name) + packed.length;
  }
  const listed = Buffer.concat(directory);
  const end = Buffer.alloc(18);
  end.writeUInt16LE(files.length, 4);
  end.writeUInt16LE(files.length, 6);
  end.writeUInt32LE(listed.length, 8);
  end.writeUInt32LE(offset, 12);
  return Buffer.concat([...parts, listed, Buffer.from('PK\x05\x06', 'latin1'), end]);
}
