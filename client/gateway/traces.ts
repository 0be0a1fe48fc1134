import { type Context, context, propagation, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import type { FastifyRequest } from 'fastify';
import type { Gateway } from './options';
import { HUNG_UP } from './refuse';

declare module 'fastify' {
  interface FastifyRequest {
    /** What the request does is part of this trace; undefined where nothing is traced. */
    traced: Context | undefined;
  }
}

/**
 * Requests that start, halt or change something go on the trace that their header `traceparent` names (W3C), or begin one. Those that only
 * look are not traced: nothing of them reaches a campaign, and a stream of events lasts as long as one.
 */
export function addTraces(app: Gateway): void {
  const tracer = trace.getTracer('bolna-campaigns');
  app.decorateRequest('traced', undefined);
  // Behind all that refuses a request: whoever has no token, or asks for what cannot be, makes no span. The reading of the body counts
  // into the span, but is not done within it: its events know nothing of the request that waits for them.
  app.addHook('preHandler', (request, reply, done) => {
    if (request.method !== 'POST' || request.is404) return done();
    const parent = propagation.extract(context.active(), request.headers);
    const route = request.routeOptions.url ?? '';
    const span = tracer.startSpan(
      `POST ${route}`,
      {
        kind: SpanKind.SERVER,
        attributes: { 'http.request.method': request.method, 'http.route': route },
        startTime: Date.now() - reply.elapsedTime,
      },
      parent,
    );
    request.traced = trace.setSpan(parent, span);
    context.with(request.traced, done);
  });
  app.addHook('onResponse', async (request, { statusCode }) => end(request, statusCode));
  app.addHook('onRequestAbort', async (request) => end(request, HUNG_UP));
}

function end({ traced }: Pick<FastifyRequest, 'traced'>, statusCode: number): void {
  const span = traced && trace.getSpan(traced);
  span?.setAttribute('http.response.status_code', statusCode);
  if (statusCode >= 500) span?.setStatus({ code: SpanStatusCode.ERROR });
  span?.end();
}
