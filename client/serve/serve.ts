import { errorCode } from '../../storage/error-code';
import { openStorage } from '../../storage/open-storage';
import { readConfig } from '../../worker/config';
import { setUpTraces } from '../../worker/traces';
import { workflowOfToken } from '../../worker/webhooks';
import { gateway } from '../gateway/app';
import { isLoopback } from '../gateway/auth';
import { Tokens } from '../gateway/tokens';
import { gatewayCheck } from '../preflight/gateway';
import { interruption } from '../run/interruption';
import { say } from '../run/print';
import { refuseSimulated, serverInUse } from '../server/in-use';
import { countWorkers } from '../server/workers';
import { EXIT, type ExitCode, UserError } from '../user-error';
import { version } from '../version';
import { webLists } from '../web-lists';

export interface ServeFlags {
  host: string;
  port: number;
  tokens?: string;
}

const MAX_BODY_BYTES = 32 * 1024 ** 2;
const MAX_UPLOAD_BYTES = 1024 ** 3;
const REQUESTS_PER_MINUTE = 600;
/** Milliseconds that Temporal has to say who listens. */
const READY_MS = 3_000;

/** Runs the gateway until it is told to end. @throws UserError, TokensError, ConfigError, StorageUnusableError */
export async function serve({ host, port, tokens: file }: ServeFlags): Promise<ExitCode> {
  const config = readConfig(process.env);
  if (file === undefined && !isLoopback(host)) {
    throw new UserError(
      `Without tokens anybody who reaches ${host} could call people: give --tokens FILE ("bolna-campaigns token NAME --role operator >> FILE" makes it), or listen on 127.0.0.1.`,
    );
  }
  const { secrets, sources } = config.webhooks;
  if (file === undefined && (config.trustedProxies.length > 0 || secrets.length > 0)) {
    throw new UserError(
      'Behind a proxy every request seems to come from this machine, which is asked for no token without --tokens FILE: give one, or take CAMPAIGN_TRUSTED_PROXIES and CAMPAIGN_WEBHOOK_SECRET away.',
    );
  }
  const tokens = file === undefined ? undefined : new Tokens(file, say);
  const interrupted = interruption();
  const server = await serverInUse(config);
  const endTraces = setUpTraces(config, 'bolna-campaigns-gateway');
  const lists = webLists({ allowed: config.allowedNetworks });
  try {
    refuseSimulated(server);
    const { campaigns, client } = server;
    const app = await gateway({
      campaigns,
      storage: await openStorage(config.data),
      tokens,
      checkAgent: gatewayCheck(config),
      webLists: lists,
      notReady: async () => {
        const workers = await client.withDeadline(Date.now() + READY_MS, () => countWorkers(server));
        // Anybody may ask: neither an address nor a queue is told.
        return workers === 0 ? 'No worker listens for campaigns.' : undefined;
      },
      version: version(),
      maxBodyBytes: MAX_BODY_BYTES,
      maxUploadBytes: MAX_UPLOAD_BYTES,
      requestsPerMinute: REQUESTS_PER_MINUTE,
      webhooks: { workflowOf: (token) => workflowOfToken(secrets, token), sources },
      trustedProxies: config.trustedProxies,
      log: process.stderr,
    });
    try {
      const url = await app.listen({ host, port }).catch((error: unknown) => {
        throw notThere(error, host, port);
      });
      say(`Gateway at ${url}, for the campaigns at ${server.address}. What it answers: ${url}/docs`);
      await interrupted.when;
    } finally {
      await app.close();
    }
    return EXIT.completed;
  } finally {
    interrupted.dispose();
    await lists.close();
    await endTraces();
    await server.close();
  }
}

function notThere(error: unknown, host: string, port: number): unknown {
  switch (errorCode(error)) {
    case 'EADDRINUSE':
      return new UserError(`Port ${port} is in use: choose another with --port.`);
    case 'EACCES':
      return new UserError(`This user may not listen on port ${port}: choose one above 1023 with --port.`);
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return new UserError(`This machine has no address ${host}: give one that it has with --host.`);
    default:
      return error;
  }
}
