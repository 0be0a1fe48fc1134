import { readdirSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';

const FOLDER = resolve('test/histories');

/** As `temporal workflow show --output json` gives it. */
export interface RecordedHistory {
  events: {
    eventType: string;
    workflowExecutionStartedEventAttributes?: { workflowType: { name: string } };
    activityTaskScheduledEventAttributes?: { activityType: { name: string } };
    workflowExecutionSignaledEventAttributes?: { signalName: string };
    workflowExecutionUpdateAcceptedEventAttributes?: { acceptedRequest: { input: { name: string } } };
  }[];
}

/** The recorded histories of all versions. */
export function historyFiles(): string[] {
  return readdirSync(FOLDER).filter((name) => name.endsWith('.json'));
}

export function historyText(file: string): string {
  return readFileSync(resolve(FOLDER, file), 'utf8');
}

export function readHistory(file: string): RecordedHistory {
  return JSON.parse(historyText(file));
}

/**
 * "0.2-split-batch-0001-run-2.json": the second run of workflow "split/0001", recorded with version 0.2. Who calls back for a
 * campaign is "0.4-told-callbacks.json", without the run that its workflow ID ends with.
 */
export function fileOf(version: string, workflowId: string, run = 1): string {
  const name = workflowId.replace(/\/callbacks\/.*/, '-callbacks').replace('/', '-batch-');
  return `${version}-${name}${run > 1 ? `-run-${run}` : ''}.json`;
}

/** Of the workflow whose history it is. */
export function workflowTypeOf(file: string): string {
  if (file.endsWith('-callbacks.json')) return 'callbackWorkflow';
  return workflowIdOf(file).includes('/') ? 'batchWorkflow' : 'campaignWorkflow';
}

export function workflowIdOf(file: string): string {
  return file.replace(/^[\d.]+-|(-run-\d+)?\.json$/g, '').replace('-batch-', '/');
}

/** What was said in a history's payloads, one a line. */
export function payloadsOf(text: string): string[] {
  return [...text.matchAll(/"data": "([^"]+)"/g)].map(([, data]) => Buffer.from(data ?? '', 'base64').toString());
}

/** For `JSON.stringify`: which process, machine and folder it was is nobody's business. */
export function anonymous(key: string, value: unknown): unknown {
  if (key === 'stackTrace') return '';
  if (key === 'identity') return 'worker';
  // A hash of the workflows: it can begin like a phone number.
  if (key === 'binaryChecksum') return 'workflows';
  if (key === 'data' && typeof value === 'string') {
    const said = Buffer.from(value, 'base64').toString();
    return Buffer.from(said.replace(/file:\/\/[^"\\]*?\/campaigns-\w+/g, 'file:///campaigns')).toString('base64');
  }
  // Named after the process that keeps the campaign in its memory.
  if (typeof value === 'object' && value !== null && 'kind' in value && value.kind === 'TASK_QUEUE_KIND_STICKY') {
    return { ...value, name: 'sticky' };
  }
  return value;
}
