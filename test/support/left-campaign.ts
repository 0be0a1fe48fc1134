import { Readable } from 'node:stream';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import type { ActivityContext } from '../../activities/context';
import { reconcileResults } from '../../activities/results';
import type { ReconcileResults, Results } from '../../activities/types';
import { validateContacts } from '../../contacts/validate';
import { campaignFiles } from '../../storage/campaign-files';
import type { CampaignStorage } from '../../storage/storage';
import { Sheet } from './sheets';

export interface Left {
  campaignId?: string;
  /** The file of contacts. */
  input: string;
  /** Executions as Bolna gives them, each by itself or as text of `executions.jsonl`; absent where none were collected. */
  executions?: Iterable<object | string>;
  ask?: Partial<ReconcileResults>;
  /** Milliseconds that the step may take. */
  timeOut?: number;
  attempt?: number;
  /** Is given what interrupts the step. */
  interrupt?: (interruption: () => void) => void;
}

/** Leaves in a storage what a campaign leaves at its end, by the product's own last step. */
export async function leaveCampaign(storage: CampaignStorage, left: Left): Promise<Results> {
  const { campaignId = 'c', input, executions, ask, timeOut = 600_000, attempt = 1, interrupt } = left;
  const files = { ...campaignFiles(campaignId), ...campaignFiles(campaignId).edition(undefined) };
  const [contacts, rejected] = [new Sheet(), new Sheet()];
  const counts = await validateContacts(Readable.from([Buffer.from(input)]), { contacts, rejected });
  await storage.write(files.input, input);
  await storage.write(files.contacts, contacts.text);
  await storage.write(files.rejected, rejected.text);
  if (executions) await storage.write(files.executions, Readable.from(lines(executions)));
  const { total, valid, duplicates, flagged } = counts;
  const asked: ReconcileResults = {
    campaignId,
    batchId: '7f1d4a2c9b8e4f60a1b2c3d4e5f60718',
    input: files.input,
    status: 'completed',
    reason: undefined,
    startsAt: Date.UTC(2026, 5, 23, 7),
    contacts: {
      ...{ input: files.input, fileName: 'c-0.csv', begun: false },
      ...{ total, valid, rejected: counts.rejected, duplicates, flagged },
    },
    mayStillCall: false,
    notCalledReason: undefined,
    collected: executions !== undefined,
    notes: [],
    ...ask,
  };
  const info = { attempt, startToCloseTimeoutMs: timeOut, scheduleToCloseTimeoutMs: timeOut };
  const environment = new MockActivityEnvironment(info, { logger: new DefaultLogger('ERROR') });
  interrupt?.(() => environment.cancel('WORKER_SHUTDOWN'));
  return environment.run((given: ReconcileResults) => reconcileResults({ storage } as ActivityContext, given), asked);
}

function* lines(executions: Iterable<object | string>): Generator<Buffer> {
  for (const one of executions) yield Buffer.from(`${typeof one === 'string' ? one : JSON.stringify(one)}\n`);
}
