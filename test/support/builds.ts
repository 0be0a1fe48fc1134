import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { workflowBuildId } from '../../worker/bundle';
import { prepared } from './env';

/** The product as another release of it would be: its own folder, its own workflow bundle. */
export interface Build {
  folder: string;
  /** Path of the bundle. */
  bundle: string;
  buildId: string;
}

/** Releases whose workflows differ from the present one, in a folder of their own. */
export class Builds {
  readonly present: Build = describe(prepared('TEST_BUILD'));
  private readonly folder = mkdtempSync(join(tmpdir(), 'builds-'));

  constructor() {
    symlinkSync(resolve('node_modules'), join(this.folder, 'node_modules'));
  }

  /** The present release with one passage of its compiled workflows in other words. */
  changed(name: string, passage: string, words: string): Build {
    const folder = join(this.folder, name);
    cpSync(prepared('TEST_BUILD'), folder, { recursive: true });
    const bundle = bundleOf(folder);
    writeFileSync(bundle, changedText(readFileSync(bundle, 'utf8'), passage, words));
    return describe(folder);
  }

  close(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** @throws Error unless the passage is there exactly once: a test must not pass because its change was none */
export function changedText(code: string, passage: string, words: string): string {
  const [before, after, ...more] = code.split(passage);
  if (before === undefined || after === undefined || more.length > 0) {
    throw new Error(`The workflow bundle does not have this exactly once: ${passage}`);
  }
  return `${before}${words}${after}`;
}

function bundleOf(folder: string): string {
  return join(folder, 'worker', 'workflow-bundle.js');
}

function describe(folder: string): Build {
  const bundle = bundleOf(folder);
  return { folder, bundle, buildId: workflowBuildId(bundle) };
}
