import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { prepared } from '../test/support/env';
import { startNode, until } from '../test/support/processes';
import type { Camera } from './camera';
import { people } from './people';

const SPEED = 60;

/** The pictures of the README: a campaign with the simulator in the Temporal UI while it runs, and its report. */
export async function takeReadme(camera: Camera, folder: string, count: number): Promise<void> {
  const csv = join(folder, 'recipients.csv');
  writeFileSync(csv, people(count));
  const env = {
    HOME: process.env.HOME,
    TEMPORAL_CLI_PATH: prepared('TEST_CLI_PATH'),
    CAMPAIGN_HOME: join(folder, 'home'),
  };
  const cli = join(prepared('TEST_BUILD'), 'client', 'cli.js');
  const run = startNode(
    [cli, 'run', '--simulate', '--csv', csv, '--id', 'morning', '--speed', `${SPEED}`, '--json'],
    env,
  );
  try {
    const half = until(run.stderr, () => /[1-9]\d completed/.test(run.stderr()), 180_000);
    await Promise.race([half, run.exited]);
    const url = /Temporal UI: (\S+)/.exec(run.stderr())?.[1];
    if (url === undefined) throw new Error(`No address of the Temporal UI:\n${run.stderr()}`);
    // Held for the picture: on a slow machine the campaign could be over before the page is there. The server goes on.
    run.signal('SIGSTOP');
    await camera
      .take({
        name: 'temporal-ui',
        url,
        height: 900,
        ready: (page) => page.getByText(`Wait for ${count} calls`).first().waitFor(),
      })
      .finally(() => run.signal('SIGCONT'));

    const { code } = await run.exited;
    if (code !== 0) throw new Error(`The campaign ended with ${code}:\n${run.stderr()}`);
    const { files } = JSON.parse(run.stdout().trimEnd().split('\n').at(-1) ?? '');
    const report = pathToFileURL(join(dirname(files.results), 'report.html')).href;
    await camera.take({ name: 'report', url: report, height: 740 });
  } finally {
    await run.end('SIGTERM');
  }
}
