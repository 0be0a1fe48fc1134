import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Outside } from '../../egress/outside';
import { parseNetwork } from '../../egress/public-address';
import { csvOf, numberOf, Rig } from '../support/rig';
import { TestServer } from '../support/test-server';

describe('files that a campaign names in the web', () => {
  let env: TestServer;
  let rig: Rig;
  let outside: Outside;
  let server: Server;
  /** What the server answers, by path: a body, or a status. */
  let answers: Record<string, (string | number)[]>;
  const asked: string[] = [];
  beforeEach(async () => {
    env = await TestServer.skipping();
    outside = new Outside({ allowed: [parseNetwork('127.0.0.1') ?? never()] });
    asked.length = 0;
    server = createServer(({ url = '' }, response) => {
      asked.push(url);
      const [path = ''] = url.split('?');
      const ofPath = answers[path] ?? [404];
      const answer = ofPath.length > 1 ? ofPath.shift() : ofPath[0];
      if (typeof answer === 'number') response.writeHead(answer).end();
      else response.end(answer);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    rig = await Rig.start({
      env,
      context: { outside },
      outcomes: () => ({ status: 'completed', talkSeconds: 60, voicemail: false }),
    });
  });
  afterEach(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    await outside.close();
    await rig.close();
    await env.teardown();
  });

  const address = (path: string, host = '127.0.0.1') =>
    `http://${host}:${(server.address() as AddressInfo).port}${path}?signature=hush`;

  test('are read once they can be, and people on such a list are not called', async () => {
    answers = { '/leads.csv': [503, csvOf(4)], '/dnc.csv': [`${numberOf(1)}\n`] };
    await rig.run(async () => {
      const handle = await rig.begin({ contacts: { uri: address('/leads.csv') }, suppress: address('/dnc.csv') });
      const { status, outcomes } = await handle.result();
      expect([status, outcomes]).toEqual(['completed', { completed: 3, suppressed: 1 }]);
      expect(asked.filter((url) => url.startsWith('/leads.csv'))).toHaveLength(2);
      const called = rig.simulator.dials().map(({ number }) => number);
      expect(called.sort()).toEqual([numberOf(0), numberOf(2), numberOf(3)]);
    });
  });

  test('are taken as they were, whatever stands there when the results are written', async () => {
    answers = { '/leads.csv': [csvOf(2), 404] };
    await rig.run(async () => {
      const handle = await rig.begin({ contacts: { uri: address('/leads.csv') } });
      await handle.result();
      expect(await rig.rows(handle.workflowId)).toHaveLength(3);
    });
  });

  test('refuse the campaign where they are not there', async () => {
    answers = { '/leads.csv': [csvOf(2)] };
    await rig.run(async () => {
      const failed = { cause: { message: '127.0.0.1 answered 404.' } };
      await expect((await rig.begin({ contacts: { uri: address('/none.csv') } })).result()).rejects.toMatchObject(
        failed,
      );
      const handle = await rig.begin({ contacts: { uri: address('/leads.csv') }, suppress: [address('/none.csv')] });
      const why =
        /^The suppression list http:\/\/127\.0\.0\.1:\d+\/none\.csv cannot be used: 127\.0\.0\.1 answered 404\.$/;
      await expect(handle.result()).rejects.toMatchObject({ cause: { message: expect.stringMatching(why) } });
      expect(rig.simulator.dials()).toEqual([]);
    });
  });

  test('refuse the campaign where a suppression list is still to be made, which is no empty one', async () => {
    answers = { '/leads.csv': [csvOf(2)], '/dnc.csv': [202] };
    await rig.run(async () => {
      const handle = await rig.begin({ contacts: { uri: address('/leads.csv') }, suppress: address('/dnc.csv') });
      const why = /^The suppression list .*\/dnc\.csv cannot be used: 127\.0\.0\.1 answered 202\.$/;
      await expect(handle.result()).rejects.toMatchObject({ cause: { message: expect.stringMatching(why) } });
      expect(rig.simulator.dials()).toEqual([]);
    });
  });

  test.each(['https://files.example.com:99999/leads.csv', 'https://'])('named %s are refused at once', async (uri) => {
    await rig.run(async () => {
      const why = { cause: { message: expect.stringMatching(/mend|contacts/) } };
      await expect((await rig.begin({ contacts: { uri } })).result()).rejects.toMatchObject(why);
    });
  });

  test.each(['127.0.0.2', 'localhost', '[::1]'])('are not asked for at %s, which is not public', async (host) => {
    answers = { '/leads.csv': [csvOf(2)] };
    const closed = new Outside();
    rig.context.outside = closed;
    await rig.run(async () => {
      const handle = await rig.begin({ contacts: { uri: address('/leads.csv', host) } });
      const why = { cause: { message: expect.stringContaining('CAMPAIGN_ALLOW_PRIVATE_ADDRESSES') } };
      await expect(handle.result()).rejects.toMatchObject(why);
      expect(asked).toEqual([]);
    });
    await closed.close();
  });
});

function never(): never {
  throw new Error('It is an address.');
}
