import { type Context, context, propagation, ROOT_CONTEXT, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import type { Context as ActivityContext } from '@temporalio/activity';
import {
  ApplicationFailure,
  ApplicationFailureCategory,
  defaultPayloadConverter,
  type Payload,
} from '@temporalio/common';
import type { ActivityInterceptors } from '@temporalio/worker';
import type { RequestTold } from '../bolna/http';
import { TRACE_HEADER } from '../workflows/tracing';
import { campaignOf, idsOf } from './log-attributes';

const tracer = trace.getTracer('bolna-campaigns');

/** A span for each attempt of a step, in the trace that the campaign was started in, and that trace's ID on every line logged of it. */
export function stepSpans({ info }: ActivityContext): ActivityInterceptors {
  let ids: Record<string, string> = {};
  return {
    inbound: {
      async execute(input, next) {
        const parent = contextOf(input.headers[TRACE_HEADER]);
        if (!parent) return next(input);
        const campaignId = campaignOf(info.workflowExecution?.workflowId ?? '');
        const attributes = { campaignId, ...idsOf(input.args[0]), attempt: info.attempt };
        const span = tracer.startSpan(info.activityType, { attributes }, parent);
        ids = { traceId: span.spanContext().traceId };
        try {
          return await context.with(trace.setSpan(parent, span), () => next(input));
        } catch (error) {
          // That there is no news yet is no error.
          if (!isBenign(error)) span.setStatus({ code: SpanStatusCode.ERROR });
          span.setAttribute('error.type', typeOf(error));
          throw error;
        } finally {
          span.end();
        }
      },
    },
    outbound: { getLogAttributes: (attributes, next) => next({ ...attributes, ...ids }) },
  };
}

/** A span for a request to Bolna, within the step that has sent it; without the address, which says whom it is about. */
export function requestSpan({ endpoint, status, seconds }: RequestTold): void {
  const step = context.active();
  if (!trace.getSpan(step)) return;
  const end = Date.now();
  const answer = status === undefined ? { 'error.type': 'no-answer' } : { 'http.response.status_code': status };
  const attributes = { 'bolna.endpoint': endpoint, ...answer };
  const options = { kind: SpanKind.CLIENT, startTime: end - seconds * 1000, attributes };
  const span = tracer.startSpan(`bolna ${endpoint}`, options, step);
  if (status === undefined || status >= 400) span.setStatus({ code: SpanStatusCode.ERROR });
  span.end(end);
}

/** The context that a header carries; undefined where there is none that can be read. */
function contextOf(header: Payload | undefined): Context | undefined {
  if (!header) return undefined;
  try {
    const parent = propagation.extract(ROOT_CONTEXT, defaultPayloadConverter.fromPayload(header));
    return trace.getSpanContext(parent) && parent;
  } catch {
    // An upstream may send what it likes: a campaign goes on without its trace.
    return undefined;
  }
}

function isBenign(error: unknown): boolean {
  return error instanceof ApplicationFailure && error.category === ApplicationFailureCategory.BENIGN;
}

function typeOf(error: unknown): string {
  if (error instanceof ApplicationFailure && error.type) return error.type;
  return error instanceof Error ? error.name : 'unknown';
}
