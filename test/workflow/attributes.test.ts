import type { WorkflowHandle } from '@temporalio/client';
import { batchWorkflowId } from '../../activities/batch-workflow-id';
import { ATTRIBUTES } from '../../workflows/attributes';
import { AGENT, csvOf, HOUR, Rig } from '../support/rig';
import { TestServer } from '../support/test-server';

describe("Temporal's lists", () => {
  let env: TestServer;
  let rig: Rig;
  beforeAll(async () => {
    env = await TestServer.skipping();
  });
  afterAll(() => env.teardown());
  afterEach(() => rig.close());

  /** What a list shows of a campaign. */
  async function shown(handle: WorkflowHandle): Promise<Record<string, unknown>> {
    const { typedSearchAttributes: all } = await handle.describe();
    const values = Object.values(ATTRIBUTES).map((key) => [key.name, all.get<typeof key.type>(key)]);
    return Object.fromEntries(values.filter(([, value]) => value !== undefined && value !== null));
  }

  const upserts = async (handle: WorkflowHandle) =>
    (await handle.fetchHistory()).events?.filter((event) => event.upsertWorkflowSearchAttributesEventAttributes) ?? [];

  test('tell at every step where a campaign is', async () => {
    rig = await Rig.start({ env });
    const startAt = new Date((await env.currentTimeMs()) + HOUR);
    const at: Record<string, Record<string, unknown>> = {};
    await rig.run(async () => {
      rig.onActivity = async (phase, activity) => {
        if (phase === 'before') at[activity] ??= await shown(rig.latest);
      };
      const csv = `${csvOf(3)}nonsense,Nobody\n`;
      const handle = await rig.begin({ contacts: { csv }, startAt: startAt.toISOString() });
      const { batchId, startsAt } = await handle.result();
      const first = { CampaignState: 'creating', BolnaAgentId: AGENT, CampaignRows: 3, CampaignSettled: 0 };
      const last = { ...first, BolnaBatchId: batchId, CampaignStart: new Date(startsAt ?? ''), CampaignSettled: 3 };
      expect(at.validateContacts).toEqual({});
      expect(at.createBatch).toEqual(first);
      expect(at.scheduleBatch).toEqual({ ...first, CampaignState: 'scheduling', BolnaBatchId: batchId });
      expect(at.awaitProgress).toEqual({ ...last, CampaignState: 'running', CampaignSettled: 0 });
      expect(at.collectExecutions).toEqual({ ...last, CampaignState: 'collecting' });
      expect(await shown(handle)).toEqual({ ...last, CampaignState: 'completed' });
      expect((await upserts(handle)).length).toBeLessThan(10);
    });
  });

  test('tell how a campaign ended that failed or was canceled', async () => {
    rig = await Rig.start({ env });
    await rig.run(async () => {
      const startAt = new Date((await env.currentTimeMs()) + HOUR).toISOString();
      const handle = await rig.begin({ startAt });
      await env.sleep(HOUR / 4);
      await rig.cancel(handle);
      await expect(handle.result()).rejects.toThrow();
      expect(await shown(handle)).toMatchObject({ CampaignState: 'canceled' });
      rig.simulator.addFault({ endpoint: 'create', action: { status: 400 } });
      const refused = await rig.begin();
      await expect(refused.result()).rejects.toThrow();
      expect(await shown(refused)).toMatchObject({ CampaignState: 'failed', CampaignRows: 3 });
    });
  });

  test('have each of several batches by itself, and the campaign as their sum', async () => {
    rig = await Rig.start({ env });
    await rig.run(async () => {
      const handle = await rig.begin({ contacts: { csv: csvOf(5) }, maxRowsPerBatch: 3 });
      await handle.result();
      const whole = await shown(handle);
      expect(whole).toMatchObject({ CampaignState: 'completed', CampaignRows: 5, CampaignSettled: 5 });
      expect(whole).not.toHaveProperty('BolnaBatchId');
      const batches = rig.simulator.batches().map(({ id }) => id);
      const parts = [1, 2].map((part) => rig.client.workflow.getHandle(batchWorkflowId(handle.workflowId, part)));
      const each = await Promise.all(parts.map(shown));
      expect(each.map((part) => part.BolnaBatchId).sort()).toEqual([...batches].sort());
      expect(each).toMatchObject([
        { CampaignState: 'completed', CampaignRows: 3, CampaignSettled: 3 },
        { CampaignState: 'completed', CampaignRows: 2, CampaignSettled: 2 },
      ]);
    });
  });

  test('tell nothing on a server that lacks the attributes, and the campaign runs all the same', async () => {
    rig = await Rig.start({ env, context: { searchable: async () => false } });
    await rig.run(async () => {
      const handle = await rig.begin({ contacts: { csv: csvOf(5) }, maxRowsPerBatch: 3 });
      expect((await handle.result()).status).toBe('completed');
      expect(await shown(handle)).toEqual({});
      expect(await upserts(handle)).toEqual([]);
    });
  });
});
