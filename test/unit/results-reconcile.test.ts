import { Readable, Writable } from 'node:stream';
import { validateContacts } from '../../contacts/validate';
import { type ResultsContext, reconcile } from '../../results/reconcile';

class Sheet extends Writable {
  readonly chunks: Buffer[] = [];
  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.chunks.push(chunk);
    done();
  }
  get text(): string {
    return Buffer.concat(this.chunks).toString();
  }
}

const from = (text: string) => Readable.from([Buffer.from(text)]);
const over: ResultsContext = { mayStillCall: false };

async function files(input: string) {
  const [contacts, rejected] = [new Sheet(), new Sheet()];
  await validateContacts(from(input), { contacts, rejected });
  return { input, contacts: contacts.text, rejected: rejected.text };
}

async function results(
  texts: { input: string; contacts: string; rejected: string },
  executions: unknown[] | string | undefined,
  context = over,
) {
  const jsonl = Array.isArray(executions) ? executions.map((one) => `${JSON.stringify(one)}\n`).join('') : executions;
  const sheet = new Sheet();
  const summary = await reconcile(
    {
      input: from(texts.input),
      contacts: from(texts.contacts),
      rejected: from(texts.rejected),
      executions: jsonl === undefined ? undefined : from(jsonl),
    },
    context,
    sheet,
  );
  return { summary, csv: sheet.text, lines: sheet.text.trimEnd().split('\n') };
}

const call = (number: string, status: string, more: object = {}) => ({
  id: `e-${number}-${status}`,
  status,
  telephony_data: { to_number: number },
  ...more,
});

test('writes one line for each row of the file, in its order', async () => {
  const texts = await files('contact_number,name\n+12025550101,Asha\n12,Ben\n+1 202 555 0101,Cy\n+12025550102,Di\n');
  const { csv, summary } = await results(texts, [
    call('12025550101', 'completed', {
      id: 7,
      telephony_data: { to_number: '1 202 5550101', duration: '42', recording_url: 'https://r.example/1' },
      total_cost: 12.5,
      retry_count: 1,
      extracted_data: { mood: 'fine, "really"' },
    }),
  ]);
  expect(csv).toBe(
    [
      'line,contact_number,result,reason,execution_id,duration_seconds,cost,retries,recording_url,extracted_data,name',
      '2,+12025550101,completed,,7,42,12.5,1,https://r.example/1,"{""mood"":""fine, \\""really\\""""}",Asha',
      '3,12,rejected,has no + and country code; write it as +91… with the country code of the number,,,,,,,Ben',
      '4,+1 202 555 0101,duplicate,duplicate of line 2,,,,,,,Cy',
      '5,+12025550102,not-called,no call was made,,,,,,,Di',
      '',
    ].join('\n'),
  );
  expect(summary).toEqual({
    rows: 4,
    buckets: { completed: 1, rejected: 1, duplicate: 1, 'not-called': 1 },
    cost: 12.5,
    durationSeconds: 42,
    retries: 1,
    anomalies: { unmatchedExecutions: 0, severalExecutions: 0, unreadableLines: 0 },
    addsUp: true,
    unsettledLines: [],
  });
});
