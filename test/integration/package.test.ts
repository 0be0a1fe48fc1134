import { cpSync, existsSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { Scene } from '../support/crash';
import { DevServer } from '../support/dev-server';
import { temporaryFolder } from '../support/folders';
import { endAll, startNode, within } from '../support/processes';
import { AGENT } from '../support/rig';
import { type ProgramEnd, runProgram, runWell } from '../support/run-program';

/** The package as npm makes it, in the hands of somebody who has nothing else of the project. */

jest.setTimeout(600_000);

const ROOT = resolve('.');
const NOT_SOURCES = new Set(['node_modules', 'dist', '.git', '.cache', 'coverage']);
const tool = (path: string) => join(ROOT, 'node_modules', path);

let tarball: string;
/** A project with the package in it. */
let project: string;
beforeAll(async () => {
  tarball = await pack();
  project = await install(tarball);
});

/** What `npm publish` would send: built anew from a copy of the sources, so that no other test's build is touched. */
async function pack(): Promise<string> {
  const copy = temporaryFolder('pack-');
  cpSync(ROOT, copy, { recursive: true, filter: (path) => !NOT_SOURCES.has(relative(ROOT, path)) });
  symlinkSync(join(ROOT, 'node_modules'), join(copy, 'node_modules'));
  await runWell('npm', ['pack'], { cwd: copy });
  const [file = ''] = readdirSync(copy).filter((name) => name.endsWith('.tgz'));
  return join(copy, file);
}

async function install(file: string): Promise<string> {
  const folder = temporaryFolder('upstream-');
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ name: 'upstream', private: true }));
  const flags = ['--prefer-offline', '--no-audit', '--no-fund', '--ignore-scripts'];
  await runWell('npm', ['install', ...flags, file, '@types/node@20'], { cwd: folder });
  return folder;
}

/** Compiles the upstream system against the package. */
async function compile(options: Record<string, unknown>): Promise<ProgramEnd> {
  cpSync(join(ROOT, 'test', 'support', 'consumer', 'upstream.mts'), join(project, 'upstream.mts'));
  const compilerOptions = {
    ...{ strict: true, noUncheckedIndexedAccess: true, exactOptionalPropertyTypes: true, target: 'es2022' },
    ...{ module: 'node16', moduleResolution: 'node16', types: ['node'], ...options },
  };
  writeFileSync(join(project, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['upstream.mts'] }));
  return runProgram(process.execPath, [tool('typescript/bin/tsc'), '-p', project], { cwd: project });
}

test('is found without fault by publint and by attw', async () => {
  const publint = await runProgram(process.execPath, [tool('publint/src/cli.js'), 'run', '--strict', tarball]);
  expect(publint).toMatchObject({ code: 0, stdout: expect.stringContaining('All good!') });
  const attw = await runProgram(process.execPath, [tool('@arethetypeswrong/cli/dist/index.js'), tarball, '-q']);
  expect(attw).toMatchObject({ code: 0 });
});

test('holds what it needs at run time, the README and the examples, and no source, test or map', async () => {
  const installed = join(project, 'node_modules', 'bolna-campaigns');
  const files = readdirSync(installed, { recursive: true }).map(String);
  for (const name of [
    'README.md',
    'dist/client/cli.js',
    'dist/client/index.d.ts',
    'dist/worker/workflow-bundle.js',
    'docs/campaign-input.schema.json',
    'examples/batch.csv',
  ]) {
    expect(files).toContain(name);
  }
  expect(
    files.filter((name) => /\.map$|^test|^chaos|^bench|(?<!\.d)\.ts$|\.env/.test(name) && !/^examples/.test(name)),
  ).toEqual([]);
});

test('types its callers strictly, and its own declarations hold', async () => {
  expect(await compile({ skipLibCheck: true })).toEqual({ code: 0, stdout: '', stderr: '' });
  // Of the SDK's declarations not all hold under these options.
  const { stdout } = await compile({ skipLibCheck: false, noEmit: true });
  const faults = stdout.split('\n').filter((line) => /^\S+\(\d+,\d+\): error/.test(line));
  expect(faults.filter((line) => !line.startsWith('node_modules/@temporalio/'))).toEqual([]);
});

test('starts a campaign, follows it and reads its rows, with the worker that it brings', async () => {
  const server = await DevServer.start();
  const scene = await Scene.start(server);
  try {
    await scene.startWorker({ build: join(project, 'node_modules', 'bolna-campaigns', 'dist') });
    const env = { TEMPORAL_ADDRESS: server.address, CAMPAIGN_TASK_QUEUE: scene.taskQueue };
    if (!existsSync(join(project, 'upstream.mjs'))) await compile({ skipLibCheck: true });
    const upstream = startNode([join(project, 'upstream.mjs'), 'upstream-1', AGENT], env);
    const { code } = await within(120_000, upstream.stderr, upstream.exited);
    expect([code, upstream.stderr()]).toEqual([0, '']);
    expect(JSON.parse(upstream.stdout())).toMatchObject({
      started: true,
      again: false,
      conflict: ['maxRowsPerBatch'],
      state: 'completed',
      rows: [
        [2, 'completed', 'Asha'],
        [3, 'completed', 'Ben'],
      ],
      listed: ['upstream-1', 'completed'],
      status: 'completed',
    });
    expect(scene.simulator.dials()).toHaveLength(2);
  } finally {
    await scene.close();
    await endAll();
    await server.stop();
  }
});

test('has the command', async () => {
  const bin = join(project, 'node_modules', '.bin', 'bolna-campaigns');
  const { code, stdout } = await runProgram(bin, ['--help']);
  expect({ code, stdout }).toMatchObject({ code: 0, stdout: expect.stringContaining('Usage: bolna-campaigns') });
});
