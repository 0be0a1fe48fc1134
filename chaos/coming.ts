import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import type { Simulator } from '../simulator/simulator';
import type { Moment } from './moments';
import type { Shape } from './shape';

/** What is looked at. */
interface Watched {
  begunAt: number;
  campaignId: string;
  client: Client;
  folder: string;
  shape: Shape;
  simulator: Simulator;
}
type Seen = Exclude<Moment, { on: 'request' }>;

/** Waits for a moment that only shows when one looks. @returns whether it came before `over` */
export async function comes(moment: Seen, scene: Watched, over: AbortSignal): Promise<boolean> {
  while (!over.aborted) {
    if (await isThere(moment, scene)) return true;
    // A look at the server costs more than the others.
    await delay(moment.on === 'event' ? 100 : 10, undefined, { ref: false });
  }
  return false;
}

async function isThere(moment: Seen, scene: Watched): Promise<boolean> {
  switch (moment.on) {
    case 'time':
      return Date.now() >= scene.begunAt + moment.ms;
    case 'dials': {
      const valid = scene.shape.rows.filter((row) => row.fate === 'valid').length;
      return scene.simulator.dials().length >= Math.max(1, moment.share * valid);
    }
    case 'file':
      return (await filesOf(scene)).some((name) => new RegExp(moment.name).test(name));
    case 'event':
      return (await eventsOf(scene)) >= moment.id;
  }
}

function filesOf({ folder, campaignId }: Watched): Promise<string[]> {
  return readdir(join(folder, campaignId), { recursive: true }).catch(() => []);
}

async function eventsOf({ client, campaignId }: Watched): Promise<number> {
  return client.workflow
    .getHandle(campaignId)
    .describe()
    .then(
      ({ historyLength }) => historyLength,
      () => 0,
    );
}
