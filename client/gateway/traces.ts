import { type Context, context, propagation, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import type { Gateway } from './options';

declare module 'fastify' {
  interface FastifyRequest {
    /** What the request does is part of this trace; undefined where nothing is traced. */
    traced: Context | undefined;
  }
}

/**
 * Requests that start or halt something go on the trace that their header `traceparent` names (W3C), or begin one. Those that only
 * look are not traced: nothing of them reaches a campaign, and a stream of events lasts as long as one.
 */
export function addTraces(app: Gateway): void {
  const tracer = trace.getTracer('bolna-campaigns');
  app.decorateRequest('traced', undefined);
  app.addHook('onRequest', (request, _, done) => {
    if (request.method === 'POST' && !request.is404) {
      const parent = propagation.extract(context.active(), request.headers);
      const route = request.routeOptions.url ?? '';
      const attributes = { 'http.request.method': request.method, 'http.route': route };
      const span = tracer.startSpan(`${request.method} ${route}`, { kind: SpanKind.SERVER, attributes }, parent);
      request.traced = trace.setSpan(parent, span);
    }
    done();
  });
  // Behind the reading of the body, whose events know nothing of the request that waits for them.
  app.addHook('preHandler', ({ traced }, _, done) => {
    if (traced) context.with(traced, done);
    else done();
  });
  app.addHook('onResponse', async ({ traced }, { statusCode }) => {
    const span = traced && trace.getSpan(traced);
    span?.setAttribute('http.response.status_code', statusCode);
    if (statusCode >= 500) span?.setStatus({ code: SpanStatusCode.ERROR });
    span?.end();
  });
}
