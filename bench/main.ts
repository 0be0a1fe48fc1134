import { writeFileSync } from 'node:fs';
import { Command } from 'commander';
import { prepare } from '../test/support/prepare';
import { isReached, type Section, tableOf } from './figures';
import { history } from './history';
import { requests } from './requests';
import { rows } from './rows';
import { startup } from './startup';
import { throughput } from './throughput';
import { waiting } from './waiting';

const SECTIONS: Record<string, (options: { small: boolean; before?: string }) => Promise<Section>> = {
  rows,
  history,
  requests,
  throughput,
  waiting,
  startup,
};

/** `npm run bench`. */
async function main(): Promise<void> {
  const command = new Command('bench')
    .description('Measures what the product promises about scale, beside a plain way of doing the same in the same run')
    .argument('[section...]', `which figures: ${Object.keys(SECTIONS).join(', ')}; default: all of them`)
    .option('--small', 'a small setting, that shows that it works and no more', false)
    .option('--before <folder>', 'a build of another commit, which `startup` measures too')
    .option('--json <file>', 'writes the figures there')
    .parse();
  const options = command.opts<{ small: boolean; before?: string; json?: string }>();
  const names = command.args.length > 0 ? command.args : Object.keys(SECTIONS);
  await prepare();
  const sections: Section[] = [];
  for (const name of names) {
    const section = SECTIONS[name];
    if (!section) throw new Error(`There is no section "${name}": choose of ${Object.keys(SECTIONS).join(', ')}.`);
    const begun = Date.now();
    const found = await section(options);
    sections.push(found);
    console.log(tableOf(found));
    console.log(`${Math.round((Date.now() - begun) / 1000)} s; again: npm run bench -- ${name}`);
  }
  const missed = sections.flatMap(({ figures }) => figures).filter((figure) => !isReached(figure));
  if (missed.length > 0) console.log(`\nMissed: ${missed.map(({ what }) => what).join('; ')}.`);
  if (options.json) writeFileSync(options.json, `${JSON.stringify({ sections }, null, 2)}\n`);
}

// Processes and folders end with this process (test/support), so that ending it is enough.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => process.exit(130));

main().then(
  () => process.exit(),
  (error: unknown) => {
    console.error(error);
    process.exit(1);
  },
);
