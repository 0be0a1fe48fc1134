import { type Logger, type LogLevel, type LogMetadata, makeTelemetryFilterString, Runtime } from '@temporalio/worker';
import pino from 'pino';
import { campaignOf } from './log-attributes';

/** Of our own histograms, in seconds: the SDK's are those of its own, in milliseconds. */
const BUCKETS = {
  bolna_request_seconds: [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
  campaign_end_delay_seconds: [5, 15, 30, 60, 120, 300, 600, 1800, 3600, 21_600, 86_400],
};

/**
 * Sets up what Temporal's SDK logs, to stderr: a line of JSON each, at a terminal a line of text. To be called once, before anything
 * else of the SDK. Shut-down signals are ours to handle: the SDK's own handlers would stop a worker behind the command's back.
 *
 * @param metrics address at which Prometheus can read metrics, `host:port`. Default: nowhere
 */
export function setUpLogging(level: LogLevel, metrics?: string): void {
  const core = level === 'DEBUG' ? 'DEBUG' : 'ERROR';
  // Written at once: what a process says last before it dies is what somebody will want to read.
  const stderr = pino.destination({ dest: 2, sync: true });
  Runtime.install({
    logger: loggerTo(process.stderr.isTTY ? { write: (line) => stderr.write(forPeople(line)) } : stderr, level),
    shutdownSignals: [],
    telemetryOptions: {
      logging: { filter: makeTelemetryFilterString({ core, other: 'ERROR' }) },
      ...(metrics !== undefined && {
        metrics: {
          prometheus: {
            bindAddress: metrics,
            countersTotalSuffix: true,
            useSecondsForDurations: true,
            histogramBucketOverrides: BUCKETS,
          },
        },
      }),
    },
  });
}

/** A logger of the SDK that writes a line of JSON each, with the facts of the step it is about under our own names. */
export function loggerTo(destination: pino.DestinationStream, level: LogLevel): Logger {
  const lines = pino(
    {
      level: level.toLowerCase(),
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    destination,
  );
  const log = (at: LogLevel, message: string, meta: LogMetadata = {}) => {
    const facts = factsOf(meta);
    // What workflows log, and the one step that is asked with nothing.
    if (typeof meta.workflowId === 'string') facts.campaignId ??= campaignOf(meta.workflowId);
    // The way to an error is for whoever looks for a mistake of ours.
    const { error } = meta;
    if (error !== undefined) facts.error = level === 'DEBUG' ? pino.stdSerializers.err(asError(error)) : brief(error);
    lines[at.toLowerCase() as pino.Level](facts, message);
  };
  return {
    log,
    trace: (message, meta) => log('TRACE', message, meta),
    debug: (message, meta) => log('DEBUG', message, meta),
    info: (message, meta) => log('INFO', message, meta),
    warn: (message, meta) => log('WARN', message, meta),
    error: (message, meta) => log('ERROR', message, meta),
  };
}

/** Names of the SDK that are told under another one, or (undefined) not at all. */
const NAMES: Readonly<Record<string, string | undefined>> = {
  activityType: 'step',
  workflowRunId: 'runId',
  error: undefined,
  activityId: undefined,
  isLocal: undefined,
  namespace: undefined,
  taskToken: undefined,
  workflowType: undefined,
};

function factsOf(meta: LogMetadata): Record<string, unknown> {
  const facts = Object.entries(meta).flatMap(([name, value]) => {
    const told = name in NAMES ? NAMES[name] : name;
    return told === undefined ? [] : [[told, value]];
  });
  return Object.fromEntries(facts);
}

function brief(error: unknown): object {
  const { name, message } = asError(error);
  const type = (error as { type?: unknown } | null)?.type;
  return { type: typeof type === 'string' ? type : name, message };
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}

/** The same line as text: the time, what happened, to which step of which campaign, and why. */
export function forPeople(line: string): string {
  const { time, level, msg, workflowId, step, attempt, error, state } = JSON.parse(line);
  const which = step && `${step}${attempt > 1 ? `, attempt ${attempt}` : ''}`;
  const about = [which, workflowId, state].filter(Boolean).join(' of ');
  return `${time.slice(11, 19)} ${level} ${msg}${about ? ` (${about})` : ''}${error ? `: ${error.message}` : ''}\n`;
}
