import * as nodeModule from 'node:module';
import { join } from 'node:path';
import { cacheFolder } from '../worker/embedded/cache';

/** From Node 22.8 on. */
interface Compiling {
  enableCompileCache?(folder: string): unknown;
}

/**
 * Has Node keep what it has compiled of the modules that are loaded from now on, for the next start. Without effect where Node cannot
 * (before 22.8), where the folder cannot be written, and with `NODE_DISABLE_COMPILE_CACHE`; `NODE_COMPILE_CACHE` names another folder.
 *
 * The folder is in our own cache: Node's choice is one in the temporary folder, where another user of the machine may have put code first.
 */
export function keepCompiled(env: NodeJS.ProcessEnv): void {
  (nodeModule as Compiling).enableCompileCache?.(join(cacheFolder(env), 'compiled'));
}
