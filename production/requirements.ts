import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type GoProgram, goProgram, goProgramPath } from '../test/support/go-program';
import { serverEnvironment } from '../test/support/tools';
import { findTemporalCli } from '../worker/embedded/find-server';
import { type Services, tagOf } from './compose';

/** Thrown where this machine lacks what the check needs: nothing is wrong with the product. */
export class Missing extends Error {
  override readonly name = 'Missing';
}

/** The programs that are in the images of docker-compose.yml, as this machine has them. */
export interface Programs {
  /** The folder of PostgreSQL's own programs. */
  postgres: string;
  server: string;
  sqlTool: string;
  /** The `temporal` command line. */
  temporal: string;
}

const FOLDER = 'temporal-server';

/** What of the server's Go module the images hold. */
export function goProgramsOf({ temporal, schema }: Services): { server: GoProgram; sqlTool: GoProgram } {
  const module = 'go.temporal.io/server/cmd';
  // As the images are built: without what only other clouds' storage would need.
  const tags = 'disable_grpc_modules';
  return {
    server: { name: 'temporal-server', source: `${module}/server`, version: `v${tagOf(temporal)}`, tags },
    sqlTool: { name: 'temporal-sql-tool', source: `${module}/tools/sql`, version: `v${tagOf(schema)}`, tags },
  };
}

/**
 * Finds PostgreSQL, and builds the server from its Go module where it has not been built before.
 * @param say is told of what takes minutes
 * @param signal gives up the building
 * @throws Missing
 */
export async function findPrograms(
  services: Services,
  say: (text: string) => void,
  signal: AbortSignal,
): Promise<Programs> {
  const postgres = findPostgres(services);
  const { server, sqlTool } = goProgramsOf(services);
  const toBuild = [server, sqlTool].filter((program) => !existsSync(goProgramPath(FOLDER, program)));
  if (toBuild.length > 0) {
    await requireGo();
    say(`Building ${toBuild.map(({ name, version }) => `${name} ${version}`).join(' and ')} with Go, once: minutes.`);
  }
  return {
    postgres,
    // One after the other: each takes all cores and some gigabytes.
    server: await goProgram(FOLDER, server, signal),
    sqlTool: await goProgram(FOLDER, sqlTool, signal),
    temporal: await findTemporalCli(serverEnvironment(), { onNote: say }),
  };
}

/** The folder of the PostgreSQL of the same major version as the image's: POSTGRES_BIN, else where Debian puts it. */
function findPostgres({ postgres }: Services): string {
  const [major = ''] = tagOf(postgres).split('.');
  const folder = process.env.POSTGRES_BIN || `/usr/lib/postgresql/${major}/bin`;
  const lacking = ['initdb', 'postgres', 'pg_isready'].filter((program) => !existsSync(join(folder, program)));
  if (lacking.length === 0) return folder;
  throw new Missing(
    `PostgreSQL ${major} is missing (no ${lacking.join(', ')} in ${folder}): install it (Debian: postgresql-${major}), or set POSTGRES_BIN to the folder of its programs.`,
  );
}

async function requireGo(): Promise<void> {
  await promisify(execFile)('go', ['version'], { env: process.env }).catch(() => {
    throw new Missing('Go is missing: install it (https://go.dev/dl), the Temporal server is built with it.');
  });
}
