import type { FastifyRequest } from 'fastify';
import { stdTimeFunctions } from 'pino';
import type { Gateway, GatewayOptions } from './options';
import { HUNG_UP } from './refuse';
import { campaignId } from './schemas';

/** The proof in the address of a webhook, wherever it stands and however it is written. */
const PROOF = /(~|%7E)[\w%-]{20,}/gi;

/**
 * How requests are logged: as a worker logs, so that both can be read together; without headers and bodies, since there are tokens in the
 * ones and people in the others.
 */
export function loggerOf({ log }: Pick<GatewayOptions, 'log'>) {
  if (!log) return false;
  return {
    stream: log,
    base: null,
    timestamp: stdTimeFunctions.isoTime,
    formatters: { level: (level: string) => ({ level }) },
    serializers: { req: requestOf },
  };
}

/** Puts the campaign that a request is about, and whose token it came with, on what is logged of it from here on. Behind the tokens. */
export function addLogFacts(app: Gateway): void {
  app.addHook('onRequest', (request, reply, done) => {
    const { params, headers, holder, method, routeOptions } = request;
    const isStart = method === 'POST' && routeOptions.url === '/campaigns';
    const { data: asked } = campaignId.safeParse(
      isStart ? headers['idempotency-key'] : (params as { id?: unknown }).id,
    );
    const facts = { ...(asked && { campaignId: asked }), ...(holder && { holder: holder.name }) };
    request.log = request.log.child(facts);
    reply.log = request.log;
    done();
  });
  // Such a request has no response, and would seem to be under way for ever.
  app.addHook('onRequestAbort', async ({ log }) => {
    log.info({ res: { statusCode: HUNG_UP } }, 'The client hung up before it had sent its whole request');
  });
}

function requestOf({ method, url, host, ip, socket }: FastifyRequest) {
  return { method, url: url.replace(PROOF, '$1…'), host, remoteAddress: ip, remotePort: socket.remotePort ?? 0 };
}
