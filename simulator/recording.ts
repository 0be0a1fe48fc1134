import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { RecordingError } from './errors';

/** A shape as `verify-api --record` writes it: a kind such as `integer` or `word:created`, or what holds more of them. */
export type Shape = string | Shape[] | { [key: string]: Shape };

const shape: z.ZodType<Shape> = z.lazy(() => z.union([z.string(), z.array(shape), z.record(z.string(), shape)]));

const recordingSchema = z.object({
  recording: z.literal('bolna-campaigns verify-api'),
  version: z.literal(1),
  answers: z.array(z.object({ endpoint: z.string(), path: z.string(), stage: z.string(), status: z.int(), shape })),
});

/** What Bolna answered somebody: the shapes of its answers, by where the batch stood. */
export type Recording = z.infer<typeof recordingSchema>;

/** @throws RecordingError for a file that is none */
export function readRecording(path: string): Recording {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch {
    throw new RecordingError(
      `The recording ${path} cannot be read: give --dialect a file that verify-api --record wrote.`,
    );
  }
  return parseRecording(text, path);
}

/** @param name of the file, for the error. @throws RecordingError */
export function parseRecording(text: string, name: string): Recording {
  try {
    return recordingSchema.parse(JSON.parse(text));
  } catch {
    throw new RecordingError(
      `${name} is no recording: give --dialect a name, or a file that verify-api --record wrote.`,
    );
  }
}

/** Answers of an endpoint, in order. */
export function answersOf(
  { answers }: Recording,
  endpoint: string,
  which: { stages?: readonly string[]; succeeded?: boolean; path?: string } = {},
) {
  const { stages, succeeded = true, path = '' } = which;
  return answers.filter(
    (answer) =>
      answer.endpoint === endpoint &&
      (stages === undefined || stages.includes(answer.stage)) &&
      answer.status < 300 === succeeded &&
      answer.path.startsWith(path),
  );
}

/** The fields of a shape; empty where it is no object. */
export function fieldsOf(given: Shape | undefined): Record<string, Shape> {
  return typeof given === 'object' && !Array.isArray(given) ? given : {};
}

/** The shapes of a batch's executions, whichever way they came. */
export function executionShapes(recording: Recording, stages?: readonly string[]): Record<string, Shape>[] {
  return answersOf(recording, 'executions', stages && { stages })
    .flatMap((answer) => (Array.isArray(answer.shape) ? answer.shape : (fieldsOf(answer.shape).data ?? [])))
    .map(fieldsOf)
    .filter((fields) => Object.keys(fields).length > 0);
}

/** The word in a shape such as `word:created`. */
export function wordIn(given: Shape | undefined): string | undefined {
  return typeof given === 'string' && given.startsWith('word:') ? given.slice('word:'.length) : undefined;
}
