import type { SeenAnswer, Stage } from './answers';
import { asObject } from './answers';
import { type Shape, shapeOf } from './shapes';
import type { Line } from './step';

/** What is written with `--record`, and replayed by `simulator --dialect FILE`: read simulator/recording.ts before changing it. */
export interface Recording {
  recording: 'bolna-campaigns verify-api';
  version: 1;
  checks: readonly Pick<Line, 'check' | 'verdict'>[];
  answers: readonly RecordedAnswer[];
}

/** Answers of one shape, in the order in which the first of each came. */
export interface RecordedAnswer {
  endpoint: string;
  /** With `{id}` for IDs. */
  path: string;
  stage: Stage;
  /** Of HTTP. */
  status: number;
  shape: Shape;
}

/** The shapes of all answers, without a number, a name, the key, or what anyone said. */
export function recordingOf(lines: readonly Line[], answers: readonly SeenAnswer[]): Recording {
  const names = namesIn(answers);
  const recorded = answers.map(({ endpoint, path, stage, status, body }) => ({
    endpoint,
    path: path.replace(/\/[^/]*\d[^/]{20,}/g, '/{id}'),
    stage,
    status,
    shape: endpoint === 'agent' ? agentShape(body, names) : shapeOf(body, names),
  }));
  return {
    recording: 'bolna-campaigns verify-api',
    version: 1,
    checks: lines.map(({ check, verdict }) => ({ check, verdict })),
    answers: [...new Map(recorded.map((answer) => [JSON.stringify(answer), answer])).values()],
  };
}

/** An agent's settings are the account's own work: only the first level is kept, and the calling hours. */
function agentShape(body: unknown, names: readonly string[]): Shape {
  const shape = shapeOf(body, names);
  if (typeof shape === 'string' || Array.isArray(shape)) return shape;
  return Object.fromEntries(
    Object.entries(shape).map(([key, inner]) => [
      key,
      typeof inner === 'string' || key === 'calling_guardrails' ? inner : Array.isArray(inner) ? 'array' : 'object',
    ]),
  );
}

/** What a sentence of Bolna's could quote. */
function namesIn(answers: readonly SeenAnswer[]): string[] {
  return answers
    .filter(({ endpoint }) => endpoint === 'me' || endpoint === 'agent')
    .flatMap(({ body }) => ['name', 'email', 'agent_name'].map((field) => asObject(body)[field]))
    .filter((name): name is string => typeof name === 'string' && name.trim() !== '');
}
