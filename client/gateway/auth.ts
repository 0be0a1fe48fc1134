import { isIP } from 'node:net';
import type { FastifyRequest } from 'fastify';
import type { Holder, Role } from './holder';
import type { Gateway } from './options';
import { Problem, tooMany } from './problems';
import type { Tokens } from './tokens';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Who may ask: nobody in particular, a reader, or an operator. Default: an operator. */
    role?: Role | 'anybody';
  }
  interface FastifyRequest {
    /** Whose token the request came with; undefined where none is asked for. */
    holder: Holder | undefined;
  }
}

/** Lets in whoever the route is for. @param tokens undefined where the gateway is for this machine alone, and asks for none */
export function addAuth(app: Gateway, tokens: Tokens | undefined): void {
  app.decorateRequest('holder', undefined);
  // The limit of a route comes after this, and counts by token.
  const count = app.createRateLimit({ keyGenerator: ({ ip }) => ip });
  app.addHook('onRequest', async (request, reply) => {
    const role = request.is404 ? 'reader' : (request.routeOptions.config.role ?? 'operator');
    if (!tokens) refuseOtherSites(request);
    if (role === 'anybody' || !tokens) return;
    const given = tokenOf(request);
    const holder = given === undefined ? undefined : tokens.holderOf(given);
    if (!holder) {
      const limit = await count(request);
      if (!limit.isAllowed && limit.isExceeded) {
        reply.header('retry-after', limit.ttlInSeconds);
        throw tooMany(`${limit.ttlInSeconds} seconds`);
      }
      reply.header('www-authenticate', given === undefined ? 'Bearer' : 'Bearer error="invalid_token"');
      throw given === undefined ? NO_TOKEN() : WRONG_TOKEN();
    }
    if (role === 'operator' && holder.role !== 'operator') throw READERS_TOKEN();
    request.holder = holder;
  });
}

/**
 * Where no token is asked for, whoever is on this machine may ask, and a web page that is open in its browser is not: it sends along
 * where it comes from, or under which name it has got here.
 */
function refuseOtherSites({ headers, host, hostname }: FastifyRequest): void {
  const { origin } = headers;
  if (!isLoopback(hostname) || (origin !== undefined && origin !== `http://${host}`)) throw OTHER_SITE();
}

/** Whether only this machine can be meant by a host's name or address. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || host === '[::1]' || (isIP(host) === 4 && host.startsWith('127.'));
}

function tokenOf({ headers }: FastifyRequest): string | undefined {
  return /^Bearer +(\S{1,400})$/i.exec(headers.authorization ?? '')?.[1];
}

const OTHER_SITE = () =>
  new Problem(
    403,
    'other-site',
    'Only this machine may ask',
    'Without tokens the gateway answers programs on its own machine, under its own address, and no web page of another site.',
  );
const NO_TOKEN = () =>
  new Problem(401, 'no-token', 'A token is needed', 'Send a token in the header "Authorization: Bearer …".');
const WRONG_TOKEN = () =>
  new Problem(401, 'wrong-token', 'The token is not known', 'The token is not, or no longer, in the file of tokens.');
const READERS_TOKEN = () =>
  new Problem(403, 'readers-token', 'The token may only look', 'This takes the token of an operator.');
