import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { errorCode } from '../../storage/error-code';
import { HOLDER_NAME, type Holder, isRole } from './holder';
import { TokensError } from './tokens-error';

interface Entry extends Holder {
  /** SHA-256 of the token: it has 256 random bits, which nobody guesses from it. */
  hash: Buffer;
}

/** Name, role, and the hash of the token. */
const LINE = new RegExp(`^(${HOLDER_NAME.source})\\s+(\\S+)\\s+sha256:([0-9a-f]{64})$`);

/**
 * The tokens that the gateway takes: a file with a line for each, `name role sha256:…`, as `bolna-campaigns token` makes them. It is read
 * anew when it changes, so that a token is given or taken back without a restart.
 */
export class Tokens {
  #entries: readonly Entry[];
  #seen: string;
  /** What was told last of a file that cannot be used. */
  #trouble: string | undefined;

  /** @throws TokensError */
  constructor(
    private readonly file: string,
    private readonly onTrouble: (sentence: string) => void = () => undefined,
  ) {
    this.#seen = this.#stamp();
    this.#entries = this.#read();
  }

  /** Who holds a token; undefined for one that is none. All are compared, so that the time it takes tells nothing. */
  holderOf(token: string): Holder | undefined {
    this.#refresh();
    const hash = createHash('sha256').update(token).digest();
    let holder: Holder | undefined;
    for (const entry of this.#entries) {
      if (timingSafeEqual(entry.hash, hash)) holder = { name: entry.name, role: entry.role };
    }
    return holder;
  }

  /** A file that cannot be read in the middle of a change leaves the tokens as they were. */
  #refresh(): void {
    try {
      const stamp = this.#stamp();
      if (stamp !== this.#seen) this.#entries = this.#read();
      this.#seen = stamp;
      this.#trouble = undefined;
    } catch (error) {
      const trouble = `${error instanceof Error ? error.message : error} The tokens of before stay in force.`;
      // It is tried again with each request, and told once.
      if (trouble !== this.#trouble) this.onTrouble(trouble);
      this.#trouble = trouble;
    }
  }

  #stamp(): string {
    try {
      // The last is that of its owner and its mode too: a file becomes readable without a change of what it holds.
      const { mtimeMs, size, ino, ctimeMs } = statSync(this.file);
      return `${mtimeMs} ${size} ${ino} ${ctimeMs}`;
    } catch {
      throw new TokensError(
        `There is no file of tokens ${this.file}: make one with "bolna-campaigns token NAME >> FILE".`,
      );
    }
  }

  #read(): readonly Entry[] {
    const entries = this.#text()
      .split('\n')
      .map((line) => line.trim())
      .flatMap((line, index) => (line === '' || line.startsWith('#') ? [] : [this.#entryOf(line, index)]));
    if (entries.length > 0) return entries;
    throw new TokensError(`${this.file} holds no token: make one with "bolna-campaigns token NAME >> ${this.file}".`);
  }

  #text(): string {
    try {
      return readFileSync(this.file, 'utf8');
    } catch (error) {
      throw new TokensError(
        `The file of tokens ${this.file} cannot be read (${errorCode(error)}): let this user read it.`,
      );
    }
  }

  #entryOf(line: string, index: number): Entry {
    const [, name, role, hash] = LINE.exec(line) ?? [];
    if (name !== undefined && hash !== undefined && isRole(role)) return { name, role, hash: Buffer.from(hash, 'hex') };
    // The line is not shown: somebody may have put the token itself there.
    throw new TokensError(
      `Line ${index + 1} of ${this.file} is no "name reader|operator sha256:…": make it with "bolna-campaigns token".`,
    );
  }
}

/** A new token, and the line of the file that lets it in. */
export function newToken({ name, role }: Holder): { token: string; line: string } {
  const token = `bc_${randomBytes(32).toString('base64url')}`;
  return { token, line: `${name} ${role} sha256:${createHash('sha256').update(token).digest('hex')}` };
}
