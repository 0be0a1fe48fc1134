import type { BolnaEndpoint, RawAnswer } from '../../bolna/http';

/** Where the batch stood when an answer came: the same endpoint answers otherwise before the start than after the end. */
export const STAGES = ['before', 'unscheduled', 'scheduled', 'started', 'over', 'deleted'] as const;
export type Stage = (typeof STAGES)[number];

/** An answer, and when it came. */
export interface SeenAnswer {
  endpoint: BolnaEndpoint;
  path: string;
  status: number;
  stage: Stage;
  /** Parsed; the text itself where it is no JSON. */
  body: unknown;
}

/** Every answer that came, in order, as Bolna gave it. */
export class Answers {
  readonly all: SeenAnswer[] = [];
  stage: Stage = 'before';

  add({ endpoint, path, status, body }: RawAnswer): void {
    this.all.push({ endpoint, path, status, stage: this.stage, body: parsed(body) });
  }

  /** The latest of an endpoint. */
  last(endpoint: BolnaEndpoint): SeenAnswer | undefined {
    return this.all.findLast((answer) => answer.endpoint === endpoint);
  }

  /** The body of the latest answer, as an object; empty where it is none. */
  lastBody(endpoint: BolnaEndpoint): Readonly<Record<string, unknown>> {
    return asObject(this.last(endpoint)?.body);
  }
}

export function asObject(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {};
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
