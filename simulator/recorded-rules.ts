import { answersOf, executionShapes, fieldsOf, type Recording, type Shape, wordIn } from './recording';
import type { SimulatorRules, TimeStyle } from './rules';
import { TIME_STYLES } from './rules';

/** What a recording shows of an account, as rules. What it does not show stays as documented. */
export function rulesOf(recording: Recording): Partial<SimulatorRules> {
  const [created] = answersOf(recording, 'create');
  const [scheduled] = answersOf(recording, 'schedule');
  const state = wordIn(fieldsOf(scheduled?.shape).state);
  const before = answersOf(recording, 'executions', { stages: ['unscheduled'] });
  const prepared = executionShapes(recording, ['unscheduled']);
  const [execution] = executionShapes(recording).slice(-1);
  const { duration } = fieldsOf(execution?.telephony_data);
  const paths = { ...shapeAt(recording, 'v2Path', '/v2/batches'), ...shapeAt(recording, 'oldPath', '/batches') };
  return {
    ...paths,
    ...(created && { createStatus: created.status }),
    ...(scheduled && { scheduleStatus: scheduled.status }),
    ...(scheduled && { scheduleState: state?.includes('<time:') ? 'when' : 'bare' }),
    ...(before.length > 0 && { executionsFrom: fromOf(before[0]?.shape, prepared.length) }),
    ...(execution && { executionIds: execution.id === 'integer' ? 'integer' : 'string' }),
    ...(duration !== undefined && { telephonyDuration: duration === 'digits' ? 'string' : 'number' }),
    ...(asked(recording) && { scheduleTwice: answersOf(recording, 'schedule', SECOND).length > 0 ? 'move' : 'refuse' }),
    times: timesOf(recording),
  };
}

/** A batch that has a start is scheduled again. */
const SECOND = { stages: ['scheduled'] };

function asked({ answers }: Recording): boolean {
  return answers.some(({ endpoint, stage }) => endpoint === 'schedule' && stage === 'scheduled');
}

function fromOf(first: Shape | undefined, prepared: number): SimulatorRules['executionsFrom'] {
  if (prepared === 0) return 'begin';
  const elements = Array.isArray(first) ? first : fieldsOf(first).data;
  return Array.isArray(elements) && elements.length > 0 ? 'create' : 'processed';
}

function shapeAt(recording: Recording, rule: 'v2Path' | 'oldPath', path: string): Partial<SimulatorRules> {
  const [answer] = answersOf(recording, 'executions', { path });
  if (answer === undefined) {
    const isMissing = answersOf(recording, 'executions', { path, succeeded: false }).some(
      ({ status }) => status === 404,
    );
    return rule === 'v2Path' && isMissing ? { v2Path: 'missing' } : {};
  }
  if (Array.isArray(answer.shape)) return { [rule]: 'bare' };
  const isPage = fieldsOf(answer.shape).page !== undefined;
  return { [rule]: 'paged', ...(isPage && { pageKey: 'page' }) };
}

function timesOf(recording: Recording): SimulatorRules['times'] {
  const shapes = answersOf(recording, 'get').map(({ shape }) => fieldsOf(shape));
  const styleOf = (field: string): TimeStyle => {
    const shown = shapes.map((fields) => String(fields[field]).replace(/^time:/, ''));
    return TIME_STYLES.find((style) => shown.includes(style)) ?? 'offset';
  };
  return {
    created: styleOf('created_at'),
    updated: styleOf('updated_at'),
    scheduled: styleOf('scheduled_at'),
    other: 'offset',
  };
}
