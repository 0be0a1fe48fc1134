import { context, propagation } from '@opentelemetry/api';
import { WorkflowClient, type WorkflowClientInterceptor } from '@temporalio/client';
import { defaultPayloadConverter } from '@temporalio/common';
import { TRACE_HEADER } from '../../workflows/tracing';

/** A client whose starts carry the active OpenTelemetry context; the client itself where none is active. */
export function traced(client: WorkflowClient): WorkflowClient {
  const { traceparent, tracestate } = activeContext();
  const { interceptors, ...options } = client.options;
  if (!traceparent || !Array.isArray(interceptors)) return client;
  // Nothing else of it: baggage may hold what has no place in a history.
  const carrier = { traceparent, ...(tracestate && { tracestate }) };
  const header = { [TRACE_HEADER]: defaultPayloadConverter.toPayload(carrier) };
  const passOn: WorkflowClientInterceptor = {
    // Where the upstream's client has an interceptor of its own for this, what that has put there stands.
    startWithDetails: (input, next) => next({ ...input, headers: { ...header, ...input.headers } }),
  };
  return new WorkflowClient({ ...options, interceptors: [...interceptors, passOn] });
}

function activeContext(): Record<string, string> {
  const carrier: Record<string, string> = {};
  propagation.inject(context.active(), carrier);
  return carrier;
}
