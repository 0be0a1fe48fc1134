import { DefaultLogger, type LogLevel, makeTelemetryFilterString, Runtime } from '@temporalio/worker';

/**
 * Sets up what Temporal's SDK logs, to stderr. To be called once, before anything else of the SDK.
 * Shut-down signals are ours to handle: the SDK's own handlers would stop a worker behind the command's back.
 */
export function setUpLogging(level: LogLevel): void {
  const core = level === 'DEBUG' ? 'DEBUG' : 'ERROR';
  Runtime.install({
    logger: new DefaultLogger(level),
    shutdownSignals: [],
    telemetryOptions: { logging: { filter: makeTelemetryFilterString({ core, other: 'ERROR' }) } },
  });
}
