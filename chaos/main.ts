import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import { prepare } from '../test/support/prepare';
import { runChaos } from './chaos';
import { KINDS, type Kind } from './faults/fault';
import { isKind } from './plan';
import { complaintOf, isWrong, sumOf, tableOf } from './report';
import type { Outcome } from './run';

interface Options {
  runs: number;
  run?: number;
  seed: string;
  only?: Kind;
  json?: string;
  atOnce: number;
  build?: string;
}

/** `npm run chaos`. */
async function main(): Promise<void> {
  const options = new Command('chaos')
    .description('Runs campaigns in which something goes wrong, and counts what must never happen')
    .option('--runs <n>', 'how many campaigns', whole, 300)
    .option('--run <k>', 'only the campaign of this number, as another run with the same seed had it', whole)
    .option('--seed <seed>', 'repeats the same choices', '1')
    .option('--only <kind>', `what goes wrong first: ${KINDS.join(', ')}`, kind)
    .option('--json <file>', 'writes counts and outcomes there')
    .option('--at-once <n>', 'campaigns under way at once', whole, 16)
    .option('--build <folder>', 'another compiled product')
    .parse()
    .opts<Options>();
  await prepare(options.build && resolve(options.build));
  const { seed, only, atOnce } = options;
  const runs = options.run === undefined ? Array.from({ length: options.runs }, (_, run) => run) : [options.run];
  const begun = Date.now();
  let done = 0;
  const outcomes = await runChaos({
    ...{ seed, runs, only, atOnce },
    onOutcome(outcome) {
      done++;
      const wrong = isWrong(outcome);
      if (wrong) console.log(complaintOf(outcome, commandOf(options, outcome.run)));
      if (wrong && options.run !== undefined) console.log(outcome.trace?.join('\n'));
      if (done % 25 === 0) console.log(`${done} of ${runs.length} after ${Math.round((Date.now() - begun) / 1000)} s`);
    },
  });
  const seconds = Math.round((Date.now() - begun) / 1000);
  console.log(tableOf(outcomes));
  console.log(`${outcomes.length} campaigns in ${seconds} s, seed ${seed}.`);
  const failures = outcomes
    .filter(isWrong)
    .map((outcome) => ({ ...outcome, command: commandOf(options, outcome.run) }));
  const report = {
    seed,
    runs: outcomes.length,
    seconds,
    counts: sumOf(outcomes),
    failures,
    outcomes: outcomes.map(withoutTrace),
  };
  if (options.json) writeFileSync(options.json, `${JSON.stringify(report, null, 2)}\n`);
  process.exitCode = failures.length > 0 ? 1 : 0;
}

function withoutTrace({ trace: _, ...rest }: Outcome): Omit<Outcome, 'trace'> {
  return rest;
}

function commandOf({ seed, only, build }: Options, run: number): string {
  const more = [...(only ? [`--only ${only}`] : []), ...(build ? [`--build ${build}`] : [])];
  return ['npm run chaos --', `--seed ${seed}`, ...more, `--run ${run}`].join(' ');
}

function whole(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 0) throw new InvalidArgumentError('It must be a whole number.');
  return value;
}

function kind(word: string): Kind {
  if (!isKind(word)) throw new InvalidArgumentError(`It must be one of ${KINDS.join(', ')}.`);
  return word;
}

// Processes and folders end with this process (test/support), so that ending it is enough.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => process.exit(130));

main().then(
  () => process.exit(),
  (error: unknown) => {
    console.error(error);
    process.exit(2);
  },
);
