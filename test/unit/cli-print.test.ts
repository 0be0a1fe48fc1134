import type { LiveProgress } from '../../client/live-progress';
import { headline, statusLine } from '../../client/run/follow';
import { printable, rowsText, table } from '../../client/run/print';
import { stopInDashboard } from '../../workflows/words';

test.each([
  ['\u001b[2J\u001b[31mred', ' [2J [31mred'],
  ['two\r\nlines', 'two  lines'],
  ['\u202egnp.exe', ' gnp.exe'],
  ['a\u2028b\u0085c\u009bd', 'a b c d'],
])('%j cannot move the cursor, colour, or turn the line', (text, safe) => {
  expect(printable(text)).toBe(safe);
});

test('a table is safe in its head too, has no trailing spaces, and leaves room for a reason', () => {
  const reason = 'r'.repeat(150);
  const text = table(['na\u001bme', 'reason'], [['x'.repeat(100), reason]]);
  expect(text).not.toMatch(/\p{Cc}(?<!\n)/u);
  expect(text).toContain(reason);
  expect(text).toContain(`${'x'.repeat(59)}…`);
  expect(text).not.toMatch(/ $/m);
});

test('while a halt is not confirmed, the line of a campaign begins with what works', async () => {
  const written = jest.spyOn(process.stderr, 'write').mockReturnValue(true);
  const line = await statusLine();
  const warning = stopInDashboard('b1');
  line.show({ ...PROGRESS, state: 'halting', attention: { kind: 'halt-unconfirmed', text: warning } });
  line.show({ ...PROGRESS, state: 'halting' });
  const said = written.mock.calls.map(([text]) => String(text));
  written.mockRestore();
  expect(said).toEqual([
    expect.stringMatching(/^Bolna may still .* batch b1 .*dashboard\.\n {2}Halting/),
    expect.stringMatching(/^Halting/),
  ]);
});

test('rows are counted in words', () => {
  expect(rowsText({ total: 1, valid: 1, rejected: 0, duplicates: 0 })).toBe(
    '1 row, 1 to be called, 0 rejected, 0 duplicates',
  );
});

const PROGRESS: LiveProgress = {
  campaignId: 'c',
  state: 'running',
  batchId: 'b',
  batchStatus: 'running',
  startsAt: '2026-06-23T07:00:00.000Z',
  contacts: { total: 5, valid: 4, rejected: 1, duplicates: 0 },
  counts: { completed: 1, 'in-\u001bprogress': 1, queued: 0 },
  settled: 1,
  cost: 25,
  costIsEstimate: true,
  lastLook: null,
  nextLook: null,
  lastError: null,
  halt: null,
  notes: [],
  step: null,
  attempt: 0,
};

test('a running campaign is a bar, its counts and its cost', () => {
  expect(headline(PROGRESS)).toBe(
    `Calling ${'█'.repeat(6)}${'░'.repeat(18)} 1 of 4 done (1 completed, 1 in- progress) · cost about 0.25`,
  );
});

test.each([
  ['validating', /^Checking the contacts$/],
  ['creating', /^Creating the batch of 4$/],
  ['scheduling', /^Scheduling the batch of 4$/],
  ['waiting', /^Waiting for the start, 2026-06-23 07:00 UTC \(.* here\)$/],
  ['halting', /^Halting █+░+ 1 of 4 done/],
  ['collecting', /^Collecting the results of 4 calls$/],
] as const)('a campaign that is %s says so', (state, line) => {
  expect(headline({ ...PROGRESS, state })).toMatch(line);
});

test('the start is shown in the zone that it was asked for in', async () => {
  const inKolkata = /^Waiting for the start, 2026-06-23 07:00 UTC \(Tue 23 Jun 2026, 12:30 \+05:30 in Asia\/Kolkata\)/;
  const written = jest.spyOn(process.stderr, 'write').mockReturnValue(true);
  const line = await statusLine('Asia/Kolkata');
  line.show({ ...PROGRESS, state: 'waiting' });
  const said = written.mock.calls.map(([text]) => String(text));
  written.mockRestore();
  expect(said).toEqual([expect.stringMatching(inKolkata)]);
});

test('more done than there are rows does not break the bar', () => {
  expect(headline({ ...PROGRESS, settled: 9 })).toContain('█'.repeat(24));
  expect(headline({ ...PROGRESS, contacts: null })).toContain('░'.repeat(24));
});

test('what works where a halt has not reached Bolna names the batch where it is known', () => {
  expect(stopInDashboard('b1')).toBe("Bolna may still be calling. Stop batch b1 in Bolna's dashboard.");
  expect(stopInDashboard()).toBe("Bolna may still be calling. Stop the batch in Bolna's dashboard.");
  expect(stopInDashboard(undefined, true)).toBe(
    "Bolna may still be calling. Stop all of the campaign's batches in Bolna's dashboard.",
  );
  const named = (n: number) => stopInDashboard(Array.from({ length: n }, (_, i) => `b${i}`));
  expect([named(0), named(1)]).toEqual([stopInDashboard(), stopInDashboard('b0')]);
  expect(named(3)).toContain('Stop batches b0, b1 and b2 in');
  expect(named(10)).toContain(' b8 and b9 in');
  expect(named(11)).toContain(' b8, b9 and 1 other in');
  expect(named(40)).toContain(' b8, b9 and 30 others in');
});
