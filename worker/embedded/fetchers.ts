import type { ServerProgram } from './programs';

/** One place that a server program can be fetched from. */
export interface ServerFetcher {
  /** For the message when it fails. */
  readonly source: string;
  /** The file's name in the cache, with the version in it. */
  cacheName(program: ServerProgram): string;
  /**
   * Makes the program in an empty folder and resolves to its path. Bounded in time by itself.
   *
   * @throws Error whose message is the reason, in a few words
   */
  fetch(program: ServerProgram, folder: string, env: NodeJS.ProcessEnv): Promise<string>;
}
