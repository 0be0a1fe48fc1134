import { isIP } from 'node:net';
import { gateway } from '../../gateway/app';
import { Tokens } from '../../gateway/tokens';
import { openStorage } from '../../storage/open-storage';
import { readConfig } from '../../worker/config';
import { interruption } from '../run/interruption';
import { say } from '../run/print';
import { serverInUse } from '../server/in-use';
import { EXIT, type ExitCode, UserError } from '../user-error';
import { version } from '../version';

export interface ServeFlags {
  host: string;
  port: number;
  tokens?: string;
}

const MAX_BODY_BYTES = 1024 ** 3;
const REQUESTS_PER_MINUTE = 600;

/** Runs the gateway until it is told to end. @throws UserError, TokensError, ConfigError */
export async function serve({ host, port, tokens: file }: ServeFlags): Promise<ExitCode> {
  const config = readConfig(process.env);
  if (file === undefined && !isLoopback(host)) {
    throw new UserError(
      `Without tokens anybody who reaches ${host} could call people: give --tokens FILE ("bolna-campaigns token NAME >> FILE" makes it), or listen on 127.0.0.1.`,
    );
  }
  const tokens = file === undefined ? undefined : new Tokens(file, say);
  const storage = await openStorage(config.data);
  const interrupted = interruption();
  const server = await serverInUse(config);
  try {
    const { campaigns, client, namespace } = server;
    const ready = async () => {
      await client.connection.workflowService.describeNamespace({ namespace });
    };
    const limits = { maxBodyBytes: MAX_BODY_BYTES, requestsPerMinute: REQUESTS_PER_MINUTE };
    const app = await gateway({ campaigns, storage, tokens, ready, version: version(), ...limits });
    try {
      say(`Gateway at ${await app.listen({ host, port })}, campaigns at ${server.address}.`);
      await interrupted.when;
    } finally {
      await app.close();
    }
    return EXIT.completed;
  } catch (error) {
    throw portTaken(error, port);
  } finally {
    interrupted.dispose();
    await server.close();
  }
}

function portTaken(error: unknown, port: number): unknown {
  if (!(error instanceof Error) || !('code' in error) || error.code !== 'EADDRINUSE') return error;
  return new UserError(`Port ${port} is in use: choose another with --port.`, EXIT.badInput, { cause: error });
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));
}
