import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { promisify } from 'node:util';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { prepared } from './env';
import { afterActivity } from './moments';
import { DAY, HOUR, MINUTE, Rig } from './rig';

const FOLDER = resolve('test/histories');

/**
 * Records a history of each way a campaign can go, for later versions of the workflow to be replayed against. Contacts come
 * from the storage, so that no number is kept. `RECORD_HISTORIES=1 npx jest test/workflow/replay` does it: add files for a
 * new version beside the old ones (the version stands in the name), never replace them.
 */
export async function recordHistories(env: TestWorkflowEnvironment, version: string): Promise<void> {
  const scenarios: Record<string, (rig: Rig, uri: string) => Promise<void>> = {
    canceled: async (rig, uri) => {
      afterActivity('scheduleBatch', 3 * MINUTE)(rig, () => rig.cancel(rig.latest, { by: 'the recorder' }));
      await (await rig.begin({ contacts: { uri } }, 'canceled')).result().catch(() => undefined);
    },
    completed: async (rig, uri) => {
      await (await rig.begin({ contacts: { uri } }, 'completed')).result();
    },
    'far-ahead': async (rig, uri) => {
      const startAt = new Date((await env.currentTimeMs()) + 45 * DAY).toISOString();
      await (await rig.begin({ contacts: { uri }, startAt }, 'far-ahead')).result();
    },
    stopped: async (rig, uri) => {
      afterActivity('scheduleBatch', 3 * MINUTE)(rig, () => rig.stop(rig.latest, { by: 'the recorder' }));
      await (await rig.begin({ contacts: { uri } }, 'stopped')).result();
    },
    missed: async (rig, uri) => {
      const now = await env.currentTimeMs();
      rig.simulator.addFault({ endpoint: 'schedule', during: [now, now + 9 * HOUR], action: { status: 503 } });
      await (await rig.begin({ contacts: { uri } }, 'missed')).result();
    },
    failed: async (rig, uri) => {
      rig.simulator.addFault({ endpoint: 'create', action: { status: 422 } });
      const handle = await rig.begin({ contacts: { uri } }, 'failed');
      await handle.result().catch(() => undefined);
    },
  };
  for (const [name, scenario] of Object.entries(scenarios)) {
    const rig = await Rig.start({ env });
    try {
      await rig.storage.write(`${name}/leads.csv`, 'contact_number\n+12025550101\n+12025550102\n+12025550103\n');
      await rig.run(() => scenario(rig, rig.storage.uriOf(`${name}/leads.csv`)));
      const { stdout } = await promisify(execFile)(prepared('TEST_CLI_PATH'), [
        ...['workflow', 'show', '--workflow-id', name, '--address', env.address, '--output', 'json'],
      ]);
      const json = JSON.stringify(JSON.parse(stdout), anonymous, 1);
      await writeFile(resolve(FOLDER, `${version}-${name}.json`), `${json}\n`);
    } finally {
      await rig.close();
    }
  }
}

/** Which process, machine and folder it was is nobody's business. */
function anonymous(key: string, value: unknown): unknown {
  if (key === 'stackTrace') return '';
  return key === 'identity' ? 'worker' : value;
}
