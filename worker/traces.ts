import type { Config } from './config';

/** Milliseconds that a collector has at the end to take what is left: nobody waits long for one that is down. */
const LAST_SPANS_MS = 2_000;

/**
 * Sends what this process traces to a collector, where one is set, as OpenTelemetry's own environment variables say. Nothing of
 * OpenTelemetry but its interface is loaded otherwise.
 * @param service what the process is called, where OTEL_SERVICE_NAME does not say
 * @returns ends it, and sends what is left
 */
export function setUpTraces({ traces }: Pick<Config, 'traces'>, service: string): () => Promise<void> {
  if (traces === undefined) return async () => undefined;
  const { OTLPTraceExporter } =
    require('@opentelemetry/exporter-trace-otlp-http') as typeof import('@opentelemetry/exporter-trace-otlp-http');
  const { W3CTraceContextPropagator } = require('@opentelemetry/core') as typeof import('@opentelemetry/core');
  const { detectResources, envDetector, resourceFromAttributes } =
    require('@opentelemetry/resources') as typeof import('@opentelemetry/resources');
  const { BatchSpanProcessor, NodeTracerProvider } =
    require('@opentelemetry/sdk-trace-node') as typeof import('@opentelemetry/sdk-trace-node');
  const named = resourceFromAttributes({ 'service.name': service });
  const provider = new NodeTracerProvider({
    resource: named.merge(detectResources({ detectors: [envDetector] })),
    spanProcessors: [new BatchSpanProcessor(new OTLPTraceExporter())],
  });
  // Without baggage: whatever an upstream puts into it goes no further.
  provider.register({ propagator: new W3CTraceContextPropagator() });
  return async () => {
    let late: NodeJS.Timeout | undefined;
    const patience = new Promise<void>((resolve) => {
      late = setTimeout(resolve, LAST_SPANS_MS);
    });
    await Promise.race([provider.shutdown().catch(() => undefined), patience]);
    clearTimeout(late);
  };
}
