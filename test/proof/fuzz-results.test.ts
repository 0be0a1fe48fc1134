import assert from 'node:assert/strict';
import fc from 'fast-check';
import { isTakenBack } from '../../bolna/statuses';
import { ContactsError } from '../../contacts/errors';
import { isTerminal, numberKey, readExecution } from '../../results/execution';
import { anyExecution, anyExecutions } from '../support/any-executions';
import { damage, damaged } from '../support/damage';
import { fuzz, fuzzRuns, fuzzTimeout } from '../support/fuzz';
import { hostileText } from '../support/hostile-csv';
import { resultsOf, type Split, split } from '../support/sheets';
import { NUMBERS } from '../support/typed-numbers';

const RUNS = fuzzRuns(2_000);

const rows = fc.uniqueArray(fc.constantFrom(...NUMBERS), { minLength: 1, maxLength: 8 });

async function checked(numbers: string[]): Promise<{ input: string } & Split> {
  const input = `contact_number,name\n${numbers.map((number) => `${number},Asha\n`).join('')}x,Ben\n`;
  const files = await split([Buffer.from(input)]);
  if ('refused' in files) throw files.refused;
  return { input, ...files };
}

/** A cell says what the field said, as far as UTF-8 can. */
const asCell = (text: string): string => Buffer.from(text).toString();

test(
  'a row has the result of an execution about its number, or none; and the costs are those of the rows',
  async () => {
    await fuzz(
      fc.asyncProperty(rows, anyExecutions, fc.boolean(), async (numbers, executions, mayStillCall) => {
        const { input, contacts, rejected } = await checked(numbers);
        const files = { input, contacts, rejected, executions };
        const { rows: told, summary } = await resultsOf(files, { mayStillCall });
        const sent = executions.split('\n').map(parsed).map(readExecution);
        const used = new Set<string>();
        let [cost, seconds] = [0, 0];
        for (const { number, result, call } of told) {
          const [, id = '', duration = '', price = '', , recording, , extracted] = call;
          cost += Math.round(Number(price) * 1e6);
          seconds += Math.round(Number(duration) * 1e6);
          const about = sent.filter((one) => one?.numbers.includes(numberKey(number)));
          if (isTerminal(result)) assert(about.some((one) => one?.status === result));
          if (result === 'not-called') {
            const { unmatchedExecutions, unreadableLines } = summary.anomalies;
            const called = about.filter((one) => !(one?.undialled && isTakenBack(one.status)));
            const own = called.filter((one) => one?.numbers[0] === numberKey(number)).length;
            assert.deepEqual([mayStillCall, own, unmatchedExecutions, unreadableLines], [false, 0, 0, 0]);
          }
          if (id === '') continue;
          const from = about.find(
            (one) => asCell(one?.id ?? '') === id && asCell(one?.recordingUrl ?? '') === recording,
          );
          assert(from && about.some((one) => asCell(one?.extracted ?? '') === extracted));
          assert(!used.has(id), 'one execution is the outcome of two rows');
          used.add(id);
        }
        assert.deepEqual([summary.rows, summary.addsUp], [numbers.length + 1, true]);
        assert.deepEqual([summary.cost, summary.durationSeconds], [cost / 1e6, seconds / 1e6]);
        const unreadable = executions.split('\n').filter((line, at) => line.trim() !== '' && sent[at] === undefined);
        assert.equal(summary.anomalies.unreadableLines, unreadable.length);
      }),
      RUNS,
    );
  },
  fuzzTimeout(RUNS),
);

test(
  'every field of an execution stands in its row as it came, whatever is in it',
  async () => {
    await fuzz(
      fc.asyncProperty(hostileText, hostileText, fc.jsonValue(), async (url, note, extracted) => {
        const [number = ''] = NUMBERS;
        const { input, contacts, rejected } = await checked([number]);
        const call = { id: 'e1', status: 'completed', user_number: number, error_message: note };
        const executions = JSON.stringify({
          ...call,
          telephony_data: { recording_url: url },
          extracted_data: extracted,
        });
        const { rows: told } = await resultsOf({ input, contacts, rejected, executions }, { mayStillCall: false });
        const said = asCell(note.trim());
        const wanted = typeof extracted === 'string' ? extracted : JSON.stringify(extracted);
        assert.equal(told[0]?.call[5], asCell(url.trim()));
        assert.equal(told[0]?.call[7], ['null', '{}'].includes(wanted) ? '' : asCell(wanted));
        assert(told[0]?.reason === said || (said.startsWith(told[0]?.reason.slice(0, -1) ?? '-') && said.length > 300));
      }),
      RUNS,
    );
  },
  fuzzTimeout(RUNS),
);

test(
  'files that are damaged later are refused in a sentence or do not hide a row',
  async () => {
    const one = fc.constantFrom('input', 'contacts', 'rejected', 'executions');
    const calls = fc.array(anyExecution, { maxLength: 4 });
    await fuzz(
      fc.asyncProperty(rows, calls, one, damage, async (numbers, executions, which, what) => {
        const { input, contacts, rejected } = await checked(numbers);
        const jsonl = executions.map((call) => `${JSON.stringify(call)}\n`).join('');
        const files = { input, contacts, rejected, executions: jsonl };
        const bytes = damaged(files[which], what);
        const text = bytes.toString();
        const changed = which === 'input' ? { ...files, input: bytes } : { ...files, [which]: text };
        const outcome = await resultsOf(changed, { mayStillCall: false }).catch((error: unknown) => ({ error }));
        if ('error' in outcome) {
          if (!(outcome.error instanceof ContactsError)) throw new Error('another error', { cause: outcome.error });
          return;
        }
        const { summary } = outcome;
        assert.equal(
          Object.values(summary.buckets).reduce((sum, count) => sum + count, 0),
          summary.rows,
        );
        // What was decided is lost with the other files; that a row was in the file is not.
        if (which !== 'input') assert.equal(summary.rows, numbers.length + 1);
      }),
      Math.ceil(RUNS / 4),
    );
  },
  fuzzTimeout(RUNS),
);

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
