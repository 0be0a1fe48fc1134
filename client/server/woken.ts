import { setTimeout as delay } from 'node:timers/promises';
import { Client } from '@temporalio/client';
import { HomeInUseError } from '../../worker/embedded/errors';
import { lockHome } from '../../worker/embedded/home';
import { startIn } from '../../worker/temporal';
import { say } from '../run/print';
import { type CampaignHome, serverOf } from './homes';
import { inUse, isServerOf, type ServerInUse } from './in-use';

/** Milliseconds to wait for a server that is being started, or is on its way out. */
const PATIENCE_MS = 15_000;
const RETRY_MS = 200;

/**
 * The server of a campaign home of this machine: the one that is up or, where none is, one that is brought up for as long as commands
 * use it. After Ctrl-C in `run` there is none, and Bolna calls everyone it was given.
 *
 * @param alone whether one that other commands have brought up does not do, and is waited for
 * @throws EmbeddedServerError when no server can be started
 */
export async function wokenServer(home: CampaignHome, alone: boolean): Promise<ServerInUse> {
  const deadline = performance.now() + PATIENCE_MS;
  for (let isNoted = false; ; isNoted = true) {
    const up = await serverOf(home);
    if (up && !(up.brief && alone)) return up;
    await up?.close();
    const started = await startedUnlessInUse(home, performance.now() >= deadline);
    if (started) return started;
    if (!isNoted) say(`Waiting for the command that uses ${home.config.home}…`);
    await delay(RETRY_MS);
  }
}

/** @throws HomeInUseError where that is `final`; else undefined stands for it */
async function startedUnlessInUse(home: CampaignHome, final: boolean): Promise<ServerInUse | undefined> {
  const { config, simulated } = home;
  try {
    const lock = await lockHome(config.home, { waitMs: 0, onNote: () => undefined });
    const { address, namespace, connection, uiUrl, close } = await startIn(lock, { onNote: say, shared: true });
    const client = new Client({ connection, namespace });
    const isStillThere = () => isServerOf(config.home, connection);
    return inUse(config, { address, namespace, uiUrl }, client, { simulated, brief: true, isStillThere, close });
  } catch (error) {
    if (error instanceof HomeInUseError && !final) return undefined;
    throw error;
  }
}
