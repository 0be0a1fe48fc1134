import type { FastifyRequest } from 'fastify';
import type { GatewayOptions } from './options';

/** The proof in the address of a webhook, wherever it stands and however it is written. */
const PROOF = /(~|%7E)[\w%-]{20,}/gi;

/** How requests are logged: without headers and bodies, since there are tokens in the ones and people in the others. */
export function loggerOf({ log }: Pick<GatewayOptions, 'log'>) {
  return log ? { stream: log, serializers: { req: requestOf } } : false;
}

function requestOf({ method, url, host, ip, socket }: FastifyRequest) {
  return { method, url: url.replace(PROOF, '$1…'), host, remoteAddress: ip, remotePort: socket.remotePort ?? 0 };
}
