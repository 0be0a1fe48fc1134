import fc from 'fast-check';
import { writeReport } from '../../report/write';
import { LocalStorage } from '../../storage/local';
import { removeFolder, temporaryFolder } from '../support/folders';
import { fuzz, fuzzTimeout } from '../support/fuzz';
import { leaveCampaign } from '../support/left-campaign';
import { dataOf, tagsOf } from '../support/report-page';
import { Sheet } from '../support/sheets';

let folder: string;
let storage: LocalStorage;
beforeEach(() => {
  folder = temporaryFolder('report-');
  storage = new LocalStorage(folder);
});
afterEach(() => removeFolder(folder));

const RUNS = 60;

const call = (number: string, status: string) => ({
  ...{ id: `e-${number}`, status, user_number: number, updated_at: '2026-06-23T07:12:00Z' },
});

test(
  'whatever others have written, it is shown as they wrote it, and nothing of it becomes a tag',
  async () => {
    const nasty = fc.oneof(
      fc.constantFrom(
        ...[
          '</script><script>alert(1)</script>',
          '<img src=x onerror=alert(1)>',
          '<!--<script>',
          ']]>',
          '\u202e‮',
          '=1+1',
        ],
      ),
      fc.string({ unit: 'binary', minLength: 1, maxLength: 30 }),
      fc.string({ unit: fc.constantFrom('\0', '<', '\ud800', '\udc00', '\u2028', '😀', '"', '\\', 'م', '/') }),
    );
    async function reportOf(name: string, transcript: string, reason: string): Promise<string> {
      // The input has no null bytes.
      const cell = `"n${name.replaceAll('\0', '0').replaceAll('"', '""')}n"`;
      const executions = [
        { ...call('+12025550101', 'completed'), transcript, error_message: reason },
        call('+12025550102', 'no-answer'),
      ];
      const input = `contact_number,${cell}\n+12025550101,${cell}\n12,x\n+12025550102,y\n`;
      await leaveCampaign(storage, { input, executions, ask: { reason, notes: [transcript || 'none'] } });
      const sheet = new Sheet();
      await writeReport(storage, 'c', sheet);
      return sheet.text;
    }
    const plain = tagsOf(await reportOf('a', 'b', 'c'));
    expect(plain).toContain('h1');
    // A lone surrogate cannot stand in a file.
    const stored = (text: string) => Buffer.from(text).toString();
    await fuzz(
      fc.asyncProperty(nasty, nasty, nasty, async (name, transcript, reason) => {
        const page = await reportOf(name, transcript, reason || 'none');
        expect(tagsOf(page)).toEqual(plain);
        const data = dataOf(page);
        const shown = `n${stored(name).replaceAll('\0', '0')}n`;
        expect(data.transcripts['0']?.[0] ?? '').toBe(transcript);
        expect(data.rows[0]?.values).toEqual([shown]);
        expect(data.columns).toEqual([shown]);
        expect(data.rows[0]?.reason).toBe(stored((reason || 'none').trim()));
      }),
      RUNS,
    );
  },
  fuzzTimeout(RUNS),
);
