import { execFile } from 'node:child_process';
import { chownSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { until } from '../test/support/processes';
import type { Service } from './compose';
import { Program } from './program';

const run = promisify(execFile);

export interface PostgresOptions {
  /** The folder of PostgreSQL's programs. */
  programs: string;
  service: Service;
  /** An empty folder, for database and log; it is given to who runs PostgreSQL. */
  folder: string;
  port: number;
}

/** PostgreSQL as the image sets it up: the same user, password and flags, on a port of its own. */
export async function startPostgres({ programs, service, folder, port }: PostgresOptions): Promise<Program> {
  const { POSTGRES_USER = '', POSTGRES_PASSWORD = '' } = service.environment;
  const owner = await otherUser();
  const passwordFile = join(folder, 'password');
  writeFileSync(passwordFile, POSTGRES_PASSWORD);
  for (const path of owner ? [folder, passwordFile] : []) chownSync(path, Number(owner?.uid), Number(owner?.gid));
  const as = owner ? ['setpriv', `--reuid=${owner.uid}`, `--regid=${owner.gid}`, '--clear-groups'] : [];

  const database = join(folder, 'data');
  const initdb = [join(programs, 'initdb'), '--pgdata', database, '--username', POSTGRES_USER];
  await runAs(as, [...initdb, '--pwfile', passwordFile, '--auth', 'scram-sha-256', '--encoding', 'UTF8']);

  const [, ...flags] = service.command;
  const where = ['-D', database, '-h', '127.0.0.1', '-p', String(port), '-k', folder];
  const postgres = Program.start('postgres', [...as, join(programs, 'postgres'), ...flags, ...where], {}, folder);
  const [, check = '', ...args] = service.healthcheck?.test ?? [];
  await postgres.ready(
    until(
      () => 'PostgreSQL that answers',
      () => succeeds(join(programs, check), args, { PGPORT: String(port) }),
    ),
  );
  return postgres;
}

/** What the program says of itself, such as "postgres (PostgreSQL) 15.18". */
export async function versionOf(programs: string): Promise<string> {
  return (await run(join(programs, 'postgres'), ['--version'])).stdout.trim();
}

/** Who runs PostgreSQL where we are root, which it refuses. */
async function otherUser(): Promise<{ uid: string; gid: string } | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  const [uid, gid] = await Promise.all(['-u', '-g'].map((flag) => run('id', [flag, 'nobody'])));
  return { uid: uid?.stdout.trim() ?? '', gid: gid?.stdout.trim() ?? '' };
}

async function runAs(as: readonly string[], command: readonly string[]): Promise<void> {
  const [program = '', ...args] = [...as, ...command];
  await run(program, args, { cwd: '/' });
}

function succeeds(program: string, args: readonly string[], env: Record<string, string>): Promise<boolean> {
  return run(program, [...args], { env }).then(
    () => true,
    () => false,
  );
}
