import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { AGENT, ANSWERED, HOUR, SimulatorRig } from '../support/simulator';

const run = promisify(execFile);

let folder: string;
let rig: SimulatorRig;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'simulator-curl-'));
  rig = await SimulatorRig.start({ outcomes: () => ANSWERED });
});

afterEach(async () => {
  await rig.close();
  rmSync(folder, { recursive: true });
});

/** The body of what curl gets. */
async function curl(path: string, ...args: string[]): Promise<unknown> {
  const header = ['--header', 'Authorization: Bearer bn-quickstart'];
  const { stdout } = await run('curl', ['--silent', '--show-error', ...header, ...args, rig.simulator.url + path]);
  return JSON.parse(stdout);
}

test("the quickstart's curl commands work unchanged", async () => {
  const file = join(folder, 'recipients.csv');
  writeFileSync(file, 'contact_number,first_name,last_name\r\n+11231237890,Bruce,Wayne\r\n+12025550101,Bill,Kent\r\n');

  const created = await curl('/batches', '--form', `agent_id="${AGENT}"`, '--form', `file=@"${file}"`);
  expect(created).toEqual({ batch_id: expect.any(String), state: 'created' });
  const { batch_id: id } = created as { batch_id: string };

  const scheduled = await curl(`/batches/${id}/schedule`, '--form', 'scheduled_at="2026-06-23T06:52:00+00:00"');
  expect(scheduled).toEqual({ message: 'success', state: 'scheduled at 2026-06-23T07:00:00+00:00' });

  rig.clock.pass(2 * HOUR);
  expect(await curl(`/batches/${id}`)).toMatchObject({
    status: 'completed',
    file_name: 'recipients.csv',
    valid_contacts: 2,
    execution_status: { completed: 2 },
  });
  expect(await curl(`/batches/${id}/executions`)).toMatchObject([
    { user_number: '+11231237890', context_details: { recipient_data: { first_name: 'Bruce', last_name: 'Wayne' } } },
    { user_number: '+12025550101', status: 'completed' },
  ]);
  expect(await curl(`/v2/batches/${id}/executions?page_number=1&page_size=50`)).toMatchObject({ total: 2 });
  expect(await curl(`/batches/${AGENT}/all`)).toHaveLength(1);
  expect(await curl(`/batches/${id}/stop`, '--request', 'POST')).toEqual({ message: 'Batch is not queued or running' });
  expect(await curl(`/batches/${id}`, '--request', 'DELETE')).toEqual({ message: 'success', state: 'deleted' });
});
