import type { Headers, WorkflowInterceptors } from '@temporalio/workflow';

/**
 * Header in which a W3C trace context travels through Temporal. The name and the form (a JSON object with `traceparent`) are those
 * of the OpenTelemetry interceptors of Temporal's SDKs, so that upstream systems in any language can start a trace.
 */
export const TRACE_HEADER = '_tracer-data';

/**
 * Hands the trace context that a campaign was started with on to its steps, its batches and its next run, as it is: a workflow
 * opens no spans of its own, and one that was started without a context hands on none.
 */
export function interceptors(): WorkflowInterceptors {
  let trace: Headers = {};
  const traced = <Input extends { headers: Headers }>(input: Input): Input => ({
    ...input,
    headers: { ...input.headers, ...trace },
  });
  return {
    inbound: [
      {
        execute(input, next) {
          const context = input.headers[TRACE_HEADER];
          if (context) trace = { [TRACE_HEADER]: context };
          return next(input);
        },
      },
    ],
    outbound: [
      {
        scheduleActivity: (input, next) => next(traced(input)),
        startChildWorkflowExecution: (input, next) => next(traced(input)),
        continueAsNew: (input, next) => next(traced(input)),
      },
    ],
  };
}
