import { homedir } from 'node:os';
import { join, resolve } from 'node:path';

const { TEST_TOOLS, XDG_CACHE_HOME } = process.env;

/**
 * Where programs are kept that tests fetch or build, once for all checkouts: TEST_TOOLS, by default
 * `~/.cache/bolna-campaigns-tests`.
 */
export const TOOLS = resolve(TEST_TOOLS || join(XDG_CACHE_HOME || join(homedir(), '.cache'), 'bolna-campaigns-tests'));
