import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { PROBLEM_JSON, Problem, problemOf } from './problems';

/** Answers a request with the problem that an error of it is, also where no route was found for it. */
export function refuse(error: FastifyError, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  // Whatever failed then, it failed for that.
  if (hasHungUp(request)) return reply.code(HUNG_UP).send();
  const problem = problemOf(error, request.method === 'POST');
  if (problem.status >= 500) request.log.error({ err: error }, problem.title);
  return reply.code(problem.status).type(PROBLEM_JSON).send(JSON.stringify(problem.document));
}

/**
 * What is wrong with a part of a request: each field, and what it must be.
 * @param part which one, as fastify calls it
 */
export function invalidRequest(
  errors: readonly { instancePath: string; message?: string }[],
  part: string = 'body',
): Error {
  const faults = errors.map(({ instancePath, message = 'is invalid' }) => {
    const path = instancePath.split('/').filter(Boolean);
    // In an address a list is one parameter, not a list with places.
    const field = (part === 'querystring' ? path.filter((name) => !/^\d+$/.test(name)) : path).join('.');
    const text = message.replace(/\.$/, '');
    // Of a schema's own words some begin with the name of the field, and some with what is within it.
    if (text.startsWith(`${field} `)) return text;
    return text.startsWith('.') ? `${field}${text}` : `${field || 'it'} ${text}`;
  });
  return new Error(`${faults.join('; ')}.`);
}

/** The status under which servers log a client that ended its connection before it had sent its whole request (nginx's own). */
export const HUNG_UP = 499;

function hasHungUp({ raw }: FastifyRequest): boolean {
  return raw.destroyed && !raw.complete;
}

/** Answers on a connection what Node itself cannot read as a request, and ends it. */
export function refuseUnreadable(error: Error & { code?: string }, socket: Socket): void {
  // Nobody is there any more.
  if (error.code === 'ECONNRESET' || socket.destroyed) return;
  const { status, document } = (UNREADABLE[error.code ?? ''] ?? NO_HTTP)();
  const body = JSON.stringify(document);
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    `Content-Type: ${PROBLEM_JSON}`,
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Connection: close',
  ];
  if (socket.writable) socket.write(`${head.join('\r\n')}\r\n\r\n${body}`);
  socket.destroy(error);
}

const NO_HTTP = () =>
  new Problem(400, 'invalid-request', 'The request cannot be understood', 'What was sent is no request of HTTP/1.1.');

const UNREADABLE: Readonly<Record<string, () => Problem>> = {
  HPE_HEADER_OVERFLOW: () =>
    new Problem(
      431,
      'headers-too-large',
      'The address and headers are too large',
      'Send an address and headers of less than 16 KiB together.',
    ),
  ERR_HTTP_REQUEST_TIMEOUT: () =>
    new Problem(408, 'too-slow', 'The request took too long', 'It was not there as a whole in time: send it again.'),
};
