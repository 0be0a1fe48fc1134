import { execFile } from 'node:child_process';
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { promisify } from 'node:util';
import { bundleWorkflowCode } from '@temporalio/worker';
import { workflowCode } from '../../worker/workflow-code';
import { CACHE } from './tools';

/** Compiles the product as it is shipped. @param build the folder it goes into */
export async function compile(build: string): Promise<void> {
  await mkdir(CACHE, { recursive: true });
  const buildInfo = resolve(build, '..', 'build.tsbuildinfo');
  const flags = ['-p', 'tsconfig.build.json', '--outDir', build, '--incremental', '--tsBuildInfoFile', buildInfo];
  const tsc = resolve('node_modules/typescript/bin/tsc');
  // Only what it emits is wanted here; whether the types hold is for `npm run check` to say.
  await promisify(execFile)(process.execPath, [tsc, ...flags]).catch(() => undefined);
}

/** Bundles the workflow of a compiled product, where its worker looks for it. @returns the bundle's path */
export async function bundle(build: string): Promise<string> {
  const logger = { log() {}, trace() {}, debug() {}, info() {}, warn: console.warn, error: console.error };
  const { code } = await bundleWorkflowCode({ ...workflowCode(build), logger });
  const path = resolve(build, 'worker/workflow-bundle.js');
  // Renamed into place: another run of the tests may be reading the one before.
  await writeFile(`${path}.${process.pid}`, code);
  await rename(`${path}.${process.pid}`, path);
  return path;
}
