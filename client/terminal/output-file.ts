import { createWriteStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { basename, dirname, resolve } from 'node:path';
import { Readable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { marked } from '../../contacts/byte-order-mark';
import { errorCode } from '../../storage/error-code';
import { LocalStorage } from '../../storage/local';
import { UserError } from '../user-error';
import { untilReaderLeaves } from './until-reader-leaves';

/** To be asked before long work: a file can be written there. @throws UserError where there is no folder for it */
export async function requireFolder(path: string, option: string): Promise<void> {
  if (await stat(dirname(resolve(path))).catch(() => undefined)) return;
  throw new UserError(`There is no folder ${dirname(path)}: make it, or give ${option} a file elsewhere.`);
}

/**
 * Writes a file that a person has asked for: it appears whole, in place of an earlier one, or not at all. What is no file, such as
 * /dev/stdout or a pipe, is written to and never replaced.
 * @param option by which it was named
 * @param how.isCsv what spreadsheets open: a file then says that it is UTF-8 (see {@link marked}), a pipe is for programs
 * @throws UserError where no file can be; whatever the content fails with
 */
export async function writeOutput(
  path: string,
  content: Readable,
  option: string,
  how: { isCsv?: boolean } = {},
): Promise<void> {
  const whole = resolve(path);
  await requireFolder(path, option);
  try {
    const found = await stat(whole).catch(() => undefined);
    if (found && !found.isFile() && !found.isDirectory()) {
      const open = createWriteStream(whole);
      await untilReaderLeaves(content, open);
      open.end();
      await finished(open).catch(() => undefined);
    } else {
      const file = how.isCsv ? Readable.from(marked(content)) : content;
      await new LocalStorage(dirname(whole)).write(basename(whole), file);
    }
  } catch (error) {
    const code = errorCode(error);
    if (code === 'EISDIR' || code === 'ENOTEMPTY') throw new UserError(`${path} is a folder: give ${option} a file.`);
    if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS' || code === 'ENOTDIR')
      throw new UserError(`${path} cannot be written: give ${option} a file in a folder that is yours.`);
    throw error;
  }
}
