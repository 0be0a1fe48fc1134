import { readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { z } from 'zod';
import { campaignInputSchema } from '../../workflows/input';

const FILE = resolve('docs/campaign-input.schema.json');

/** `npm run docs` writes the file; without it this test holds the file to the code. */
test('the JSON Schema in docs/ is that of the code', () => {
  const schema = z.toJSONSchema(campaignInputSchema(), { io: 'input', target: 'draft-2020-12' });
  const text = `${JSON.stringify({ title: 'Input of campaignWorkflow', ...schema }, null, 2)}\n`;
  if (process.env.UPDATE_DOCS) writeFileSync(FILE, text);
  expect(readFileSync(FILE, 'utf8')).toBe(text);
});
