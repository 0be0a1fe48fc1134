import { posix } from 'node:path';
import { ContactsError } from '../errors';
import { shown } from '../shown';
import type { Wording } from '../wording';
import type { Archive } from './archive';
import { NumberFormats } from './number-formats';
import { SharedStrings } from './shared-strings';
import { attribute, readWhole } from './xml';

const MB = 1024 * 1024;
const MOST_BYTES = { ofParts: 16 * MB, ofStrings: 256 * MB };

/** What is needed to read one sheet of a workbook. */
export interface Workbook {
  /** Names of its sheets, in their order, those that are hidden left out. */
  sheets: string[];
  /** The sheet that is read. */
  sheet: string;
  /** Its file in the archive. */
  path: string;
  strings: SharedStrings | undefined;
  formats: NumberFormats | undefined;
  /** Whether dates count from 1904. */
  startsIn1904: boolean;
}

/**
 * Finds a sheet of a workbook (ECMA-376, part 1, 18.2), and reads what its cells refer to.
 *
 * @param wanted its name; if undefined, the first one that is not hidden
 * @throws {@link ContactsError} where there is no such sheet; Error where it is no workbook
 */
export async function openWorkbook(archive: Archive, wanted: string | undefined, wording: Wording): Promise<Workbook> {
  const root = await relations(archive, '');
  const workbook = root.find(({ type }) => type === 'officeDocument')?.target ?? 'xl/workbook.xml';
  const parts = await relations(archive, workbook);
  const { sheets, startsIn1904 } = await readWorkbook(archive, workbook);
  const worksheets = new Map(parts.filter(({ type }) => type === 'worksheet').map(({ id, target }) => [id, target]));
  const readable = sheets.flatMap(({ name, id, isHidden }) => {
    const path = worksheets.get(id);
    return path === undefined ? [] : [{ name, path, isHidden }];
  });
  const found =
    wanted === undefined ? readable.find(({ isHidden }) => !isHidden) : readable.find(({ name }) => name === wanted);
  const names = readable.filter(({ isHidden }) => !isHidden).map(({ name }) => name);
  if (!found) throw withoutSheet(wanted, names, wording);
  const strings = parts.find(({ type }) => type === 'sharedStrings');
  const styles = parts.find(({ type }) => type === 'styles');
  return {
    sheets: names,
    sheet: found.name,
    path: found.path,
    strings: strings && (await SharedStrings.read(await archive.read(strings.target, MOST_BYTES.ofStrings))),
    formats: styles && (await NumberFormats.read(await archive.read(styles.target, MOST_BYTES.ofParts))),
    startsIn1904,
  };
}

interface Relation {
  id: string;
  /** The last part of its address. */
  type: string;
  /** Name of the file in the archive. */
  target: string;
}

/** What a part of the archive refers to; the archive itself has no name. */
async function relations(archive: Archive, part: string): Promise<Relation[]> {
  const folder = posix.dirname(part);
  const found: Relation[] = [];
  const path = posix.join(folder, '_rels', `${posix.basename(part)}.rels`);
  if (!archive.has(path)) return found;
  await readWhole(await archive.read(path, MOST_BYTES.ofParts), {
    open(name, { Id: id = '', Type: type = '', Target: target = '' }) {
      if (name !== 'Relationship') return;
      const whole = target.startsWith('/') ? target.slice(1) : posix.join(folder, target);
      found.push({ id, type: posix.basename(type), target: whole });
    },
  });
  return found;
}

interface SheetOfWorkbook {
  name: string;
  id: string;
  isHidden: boolean;
}

async function readWorkbook(
  archive: Archive,
  path: string,
): Promise<{ sheets: SheetOfWorkbook[]; startsIn1904: boolean }> {
  const sheets: SheetOfWorkbook[] = [];
  let startsIn1904 = false;
  await readWhole(await archive.read(path, MOST_BYTES.ofParts), {
    open(name, attributes) {
      if (name === 'workbookPr') startsIn1904 = /^(1|true|on)$/.test(attributes.date1904 ?? '');
      if (name !== 'sheet') return;
      const isHidden = /hidden/i.test(attributes.state ?? '');
      sheets.push({ name: attributes.name ?? '', id: attribute(attributes, 'id') ?? '', isHidden });
    },
  });
  return { sheets, startsIn1904 };
}

const MOST_NAMES = 10;

function withoutSheet(wanted: string | undefined, names: readonly string[], wording: Wording): Error {
  if (wanted === undefined || names.length === 0) return new Error('no sheet');
  const first = names.slice(0, MOST_NAMES).map((name) => `"${shown(name)}"`);
  const more = names.length > first.length ? ` and ${names.length - first.length} more` : '';
  return new ContactsError(
    'no-such-sheet',
    `The workbook has no sheet of the name that is asked for; it has ${first.join(', ')}${more}. Name one of them with ${wording.option('sheet')}.`,
  );
}
