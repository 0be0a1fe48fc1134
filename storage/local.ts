import { randomUUID } from 'node:crypto';
import { createReadStream, createWriteStream, existsSync, realpathSync } from 'node:fs';
import { type FileHandle, link, mkdir, open, opendir, readFile, rename, rm, stat } from 'node:fs/promises';
import { dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';
import type { Readable } from 'node:stream';
import { Readable as ReadableStream } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { errorCode } from './error-code';
import { type ByteRange, type CampaignStorage, FileNotFoundError, ForeignUriError } from './storage';

/** What the name of a file ends in that is being written. */
const DRAFT = '.part';
/** Also of a name that goes through a file, or is longer than the system's names are: no later attempt finds it. */
const NO_SUCH_FILE = new Set(['ENOENT', 'ENOTDIR', 'ENAMETOOLONG']);

/** Campaign files in a local folder (or one that all workers mount). */
export class LocalStorage implements CampaignStorage {
  readonly root: string;

  /** @param root the folder; it is made when the first file is written */
  constructor(root: string) {
    this.root = resolve(root);
  }

  async read(path: string, range?: ByteRange): Promise<Readable> {
    if (range && range.end <= range.start) return ReadableStream.from([]);
    const file = this.locate(path);
    // Opened before the stream is handed out: a missing file is an error here, not an event later.
    const handle = await open(file, 'r').catch(rethrowMissing(path));
    return createReadStream(file, { fd: handle, ...(range && { start: range.start, end: range.end - 1 }) });
  }

  async write(path: string, content: Readable | string): Promise<void> {
    const file = this.locate(path);
    const draft = await this.draftBeside(file, content);
    try {
      await rename(draft, file);
    } catch (error) {
      await rm(draft, { force: true });
      throw error;
    }
    await syncFolder(dirname(file));
  }

  async claim(path: string, text: string): Promise<string> {
    const file = this.locate(path);
    const draft = await this.draftBeside(file, text);
    try {
      // A hard link appears with its content or fails because another one stands: no moment in between.
      await link(draft, file);
      await syncFolder(dirname(file));
    } catch (error) {
      if (errorCode(error) !== 'EEXIST') throw error;
    } finally {
      await rm(draft, { force: true });
    }
    return readFile(file, 'utf8');
  }

  async size(path: string): Promise<number | undefined> {
    try {
      const found = await stat(this.locate(path));
      return found.isFile() ? found.size : undefined;
    } catch (error) {
      if (NO_SUCH_FILE.has(errorCode(error) ?? '')) return undefined;
      throw error;
    }
  }

  async *list(folder: string): AsyncGenerator<string> {
    const entries = await opendir(this.locate(folder)).catch((error: unknown) => {
      if (errorCode(error) === 'ENOENT') return [];
      throw error;
    });
    for await (const entry of entries) if (entry.isFile() && !isDraft(entry.name)) yield entry.name;
  }

  async delete(path: string): Promise<void> {
    await rm(this.locate(path), { force: true });
  }

  uriOf(path: string): string {
    return pathToFileURL(this.locate(path)).href;
  }

  pathOf(uri: string): string {
    if (!uri.startsWith('file:')) throw new ForeignUriError(uri, this.root, this.addressOf(uri));
    const file = fileAt(uri);
    // A link inside the folder may point out of it: what a caller names is judged by its real place.
    const path = file && pathInside(realPath(this.root), realPath(file));
    if (path === undefined) throw new ForeignUriError(uri, this.root);
    return path;
  }

  /** The address of what is named by its path on this machine, or in this folder; undefined where there is nothing in this folder. */
  private addressOf(name: string): string | undefined {
    const file = resolve(this.root, name);
    const isHere = existsSync(file) && pathInside(realPath(this.root), realPath(file)) !== undefined;
    return isHere ? pathToFileURL(file).href : undefined;
  }

  private locate(path: string): string {
    const file = resolve(this.root, path);
    if (isAbsolute(path) || pathInside(this.root, file) === undefined) throw new ForeignUriError(path, this.root);
    return file;
  }

  private async draftBeside(file: string, content: Readable | string): Promise<string> {
    const draft = join(dirname(file), `.${randomUUID()}${DRAFT}`);
    const fd = await createInFolder(draft).catch((error: unknown) => {
      // What is never read would stay open.
      if (typeof content !== 'string') content.destroy();
      throw error;
    });
    try {
      const source = typeof content === 'string' ? ReadableStream.from([Buffer.from(content)]) : content;
      await pipeline(source, createWriteStream(draft, { fd, flush: true }));
      return draft;
    } catch (error) {
      await rm(draft, { force: true });
      throw error;
    }
  }
}

function isDraft(name: string): boolean {
  return name.startsWith('.') && name.endsWith(DRAFT);
}

/** A new file, in a folder that is made where it is missing. Phone numbers and transcripts: nobody else on the machine reads them. */
async function createInFolder(file: string): Promise<FileHandle> {
  const create = () => open(file, 'wx', 0o600);
  return create().catch(async (error: unknown) => {
    if (errorCode(error) !== 'ENOENT') throw error;
    await mkdir(dirname(file), { recursive: true, mode: 0o700 });
    return create();
  });
}

/** The file that a `file:` address names; undefined where it can name none: one of another host, or with `%2F` or `%00` in it. */
export function fileAt(uri: string): string | undefined {
  try {
    const file = fileURLToPath(uri);
    return file.includes('\0') ? undefined : file;
  } catch {
    return undefined;
  }
}

/** The path of a file within a folder; undefined where it is not in it. */
function pathInside(folder: string, file: string): string | undefined {
  const path = relative(folder, file);
  const inside = path !== '' && path !== '..' && !path.startsWith(`..${sep}`) && !isAbsolute(path);
  return inside ? path.split(sep).join('/') : undefined;
}

function realPath(file: string): string {
  try {
    return realpathSync(file);
  } catch {
    const parent = dirname(file);
    return parent === file ? file : join(realPath(parent), relative(parent, file));
  }
}

/** A rename is only durable once its folder is; some systems cannot sync a folder, and there it is as good as it gets. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r').catch(() => undefined);
  await handle?.sync().catch(() => undefined);
  await handle?.close();
}

function rethrowMissing(path: string): (error: unknown) => never {
  return (error) => {
    if (NO_SUCH_FILE.has(errorCode(error) ?? '')) throw new FileNotFoundError(path);
    throw error;
  };
}
