import { randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import type { CampaignStorage } from '../storage/storage';
import { type Attempt, whileWanted } from './durably';

/** Stretches that one attempt has stored, one after another. */
export interface Stored {
  /** Its name: each attempt stores under its own, so that one that was thought dead replaces nothing of another's. */
  by: string;
  stretches: number;
}

/** Paths of a file that is made in stretches. */
interface Paths {
  whole: string;
  stretch: (attempt: string, stretch: number) => string;
}

/**
 * A JSON Lines file that may take longer to make than an attempt lasts. Attempts store it in stretches, each goes on behind those of
 * the one before, and the last puts them together.
 */
export class Stretches {
  /** In their order; by as many attempts as it took. To be remembered for the next one. */
  stored: readonly Stored[] = [];
  private readonly name = randomUUID().slice(0, 8);
  private lines: string[] = [];
  private characters = 0;

  constructor(
    private readonly storage: CampaignStorage,
    private readonly paths: Paths,
    private readonly attempt: Attempt,
  ) {}

  /** Lines that are not stored yet. */
  get waiting(): number {
    return this.lines.length;
  }

  /** Their characters. */
  get length(): number {
    return this.characters;
  }

  /**
   * Goes on behind what earlier attempts have stored.
   * @returns false where not all of it is here, since another machine may have a storage of its own: then it is begun anew
   */
  async resume(stored: readonly Stored[]): Promise<boolean> {
    for (const path of this.pathsOf(stored)) {
      if ((await this.storage.size(path)) === undefined) return false;
    }
    this.stored = stored;
    return true;
  }

  add(value: object): void {
    const line = `${JSON.stringify(value)}\n`;
    this.lines.push(line);
    this.characters += line.length;
  }

  /** Everything comes again. */
  restart(): void {
    this.stored = [];
    this.forget();
  }

  /** Stores the lines that wait as the next stretch. */
  async store(): Promise<void> {
    const earlier = this.stored.filter(({ by }) => by !== this.name);
    const { stretches } = this.stored.find(({ by }) => by === this.name) ?? { stretches: 0 };
    await this.storage.write(this.paths.stretch(this.name, stretches), Readable.from([this.rest()]));
    this.stored = [...earlier, { by: this.name, stretches: stretches + 1 }];
    this.forget();
  }

  /** Writes the whole file. */
  async finish(): Promise<void> {
    await this.storage.write(this.paths.whole, Readable.from(whileWanted(this.attempt, this.joined(this.rest()))));
    for (const path of this.pathsOf(this.stored)) await this.storage.delete(path);
  }

  private rest(): Buffer {
    return Buffer.from(this.lines.join(''));
  }

  private forget(): void {
    this.lines = [];
    this.characters = 0;
  }

  private pathsOf(stored: readonly Stored[]): string[] {
    return stored.flatMap(({ by, stretches }) =>
      Array.from({ length: stretches }, (_, stretch) => this.paths.stretch(by, stretch)),
    );
  }

  private async *joined(rest: Buffer): AsyncGenerator<Buffer> {
    for (const path of this.pathsOf(this.stored)) yield* await this.storage.read(path);
    yield rest;
  }
}
