import { join, resolve } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { CampaignClient } from '../client/campaigns';
import { CAMPAIGN_ATTRIBUTES } from '../client/index';
import type { Endpoint } from '../simulator/routes';
import { type Simulator, startSimulator } from '../simulator/simulator';
import { prepared } from '../test/support/env';
import { hostileServer } from '../test/support/hostile-server';
import { startNode, type TestProcess, until } from '../test/support/processes';
import type { CampaignInput } from '../workflows/input';
import type { CampaignProgress } from '../workflows/state';
import type { Camera } from './camera';
import { people } from './people';

const AGENT = '00000000-0000-4000-8000-000000000001';
/** Ten minutes of Bolna's are ten seconds. */
const SPEED = 60;
const HOUR_MS = 3_600_000;
/** A start that was missed long before the campaign is begun. */
const MISSED = '2026-01-01T09:00:00Z';
/** What the list of workflows shows of each: what fits beside each other. */
const { state, attention, rows, settled, start } = CAMPAIGN_ATTRIBUTES;
const COLUMNS = ['Status', 'Workflow ID', ...[state, attention, rows, settled, start].map(({ name }) => name)];
/** Stages that last as long as Bolna refuses what would end them; the picture shows that. */
const HELD = ['creating', 'scheduling', 'halting', 'collecting'];

/** The pictures of docs/operating.md: what an operator sees of a campaign at each stage, and of all campaigns. */
export async function takeStages(camera: Camera, folder: string, count: number): Promise<void> {
  // From a third of the calls on they take twenty seconds of ours each: the campaign is not over before its picture is taken.
  let dialled = 0;
  const outcomes = () => ({ status: 'completed', talkSeconds: ++dialled > count / 3 ? 1_200 : 30 }) as const;
  const simulator = await startSimulator({ speed: SPEED, outcomes });
  const worker = startNode([resolve('test/support/crash-worker.js'), '--embedded'], {
    HOME: process.env.HOME,
    TEMPORAL_CLI_PATH: prepared('TEST_CLI_PATH'),
    TEST_BUILD: prepared('TEST_BUILD'),
    CRASH_SPEED: `${SPEED}`,
    CAMPAIGN_HOME: join(folder, 'stages'),
    BOLNA_API_KEY: 'bn-pictures',
    BOLNA_BASE_URL: simulator.url,
    CAMPAIGN_POLL_MIN: '300ms',
    CAMPAIGN_POLL_MAX: '1s',
    CAMPAIGN_ALLOW_PRIVATE_ADDRESSES: '127.0.0.1',
  });
  try {
    const { server, ui } = await addressOf(worker);
    const connection = await Connection.connect({ address: server });
    const client = new Client({ connection });
    await new Stages(camera, simulator, client, ui, count).take().finally(() => connection.close());
  } finally {
    await worker.end('SIGTERM');
    await simulator.close();
  }
}

interface Address {
  server: string;
  ui: string;
}

async function addressOf(worker: TestProcess): Promise<Address> {
  await until(worker.stderr, () => worker.stderr().includes('Temporal UI: '));
  const server = /Temporal at (\S+),/.exec(worker.stderr())?.[1] ?? '';
  return { server, ui: /Temporal UI: (\S+)/.exec(worker.stderr())?.[1] ?? '' };
}

class Stages {
  private readonly campaigns: CampaignClient;

  constructor(
    private readonly camera: Camera,
    private readonly simulator: Simulator,
    private readonly client: Client,
    private readonly ui: string,
    private readonly people: number,
  ) {
    this.campaigns = new CampaignClient(client);
  }

  async take(): Promise<void> {
    await this.validating();
    await this.start('evening', { startAt: new Date(Date.now() + 6 * HOUR_MS).toISOString() });
    await this.picture('waiting', 'evening');
    await this.campaigns.stop('evening', { by: 'an operator', reason: 'wrong list' });
    await this.picture('stopped', 'evening');

    this.refuse('create');
    await this.start('noon');
    await this.picture('creating', 'noon');
    this.refuse('schedule');
    await this.picture('scheduling', 'noon');
    this.refuse('stop');
    await until(
      () => 'a third is called',
      () => this.simulator.dials().length > this.people / 3,
    );
    await this.picture('running', 'noon');
    await this.campaigns.stop('noon', { by: 'an operator', reason: 'enough for today' });
    await this.picture('halting', 'noon');
    this.refuse('executions');
    await this.picture('collecting', 'noon');

    await this.start('night', { startAt: new Date(Date.now() + 12 * HOUR_MS).toISOString() });
    await this.startMissed('morning');
    await this.reached('morning', 'missed');
    await this.reached('night', 'waiting');
    await this.camera.take({
      name: 'list',
      url: `${this.ui}/namespaces/default/workflows`,
      height: 520,
      stored: { 'namespace-workflow-table-columns': { default: COLUMNS.map((label) => ({ label })) } },
      ready: (page) => page.getByText('start-missed').waitFor(),
    });
    this.simulator.clearFaults();
  }

  /** Its file comes from a server that is slow. */
  private async validating(): Promise<void> {
    const text = people(this.people);
    const head = `HTTP/1.1 200 OK\r\ncontent-type: text/csv\r\ncontent-length: ${Buffer.byteLength(text)}\r\n\r\n`;
    const server = await hostileServer();
    let isRead = false;
    server.answer = () => {
      isRead = true;
      return { bytes: Buffer.from(head + text.slice(0, text.length / 2)), when: 'early', ending: 'stall' };
    };
    try {
      await this.start('dawn', { contacts: { uri: `${server.url}/recipients.csv` } });
      await until(
        () => 'the contacts are read',
        () => isRead,
      );
      await this.picture('validating', 'dawn');
      await this.campaigns.cancel('dawn', { by: 'an operator', reason: 'the file does not come' });
      await this.reached('dawn', 'canceled');
    } finally {
      await server.close();
    }
  }

  private start(campaignId: string, input: Partial<CampaignInput> = {}): Promise<unknown> {
    return this.campaigns.start(campaignId, this.inputOf(input));
  }

  /** The library refuses what could only be missed; Temporal starts it, as for whoever asks with its SDK alone. */
  private startMissed(workflowId: string): Promise<unknown> {
    const args = [this.inputOf({ startAt: MISSED })];
    return this.client.workflow.start('campaignWorkflow', { workflowId, taskQueue: 'bolna-campaigns', args });
  }

  private inputOf(input: Partial<CampaignInput>): CampaignInput {
    return { agentId: AGENT, contacts: { csv: people(this.people) }, ...input };
  }

  /** Bolna is down for requests of this one kind. */
  private refuse(endpoint: Endpoint): void {
    this.simulator.clearFaults();
    this.simulator.addFault({ endpoint, action: { status: 503 } });
  }

  /** Each look is a task for the server and the worker, so looks are few. */
  private async reached(campaignId: string, stage: CampaignProgress['state']): Promise<void> {
    for await (const { state, attempt } of this.campaigns.progress(campaignId, { intervalMs: 250 })) {
      if (state === stage && (!HELD.includes(stage) || attempt > 1)) return;
    }
    throw new Error(`${campaignId} has ended, and was never seen ${stage}.`);
  }

  /** The page shows what is current as it is opened: first the campaign has to be there, and to have met what it meets. */
  private async picture(stage: CampaignProgress['state'], campaignId: string): Promise<void> {
    await this.reached(campaignId, stage);
    await this.camera.take({
      name: stage,
      url: `${this.ui}/namespaces/default/workflows/${campaignId}`,
      height: 820,
      ready: async (page) => {
        await page.getByText('User Metadata').first().click();
        // What a workflow says is shown in frames of their own, the current details in the last one.
        await page.locator('iframe').last().contentFrame().locator('strong').first().waitFor();
      },
    });
  }
}
