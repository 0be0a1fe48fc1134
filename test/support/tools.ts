import { homedir } from 'node:os';
import { join, resolve } from 'node:path';

const { TEST_TOOLS, XDG_CACHE_HOME } = process.env;

/**
 * Where programs are kept that tests fetch or build, once for all checkouts: TEST_TOOLS, by default
 * `~/.cache/bolna-campaigns-tests`.
 */
export const TOOLS = resolve(TEST_TOOLS || join(XDG_CACHE_HOME || join(homedir(), '.cache'), 'bolna-campaigns-tests'));

/** Where what is compiled for tests is kept between runs. */
export const CACHE = resolve('.cache');

/** The environment in which the Temporal servers are looked for: fetched ones are kept with the other tools. */
export function serverEnvironment(): NodeJS.ProcessEnv {
  return { ...process.env, XDG_CACHE_HOME: TOOLS };
}
