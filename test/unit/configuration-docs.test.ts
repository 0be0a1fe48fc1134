import { readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { configurationPage, environmentExample, settings } from '../support/settings';

/** `npm run docs` writes the files; without it this test holds them to the code. */
test.each([
  ['docs/configuration.md', configurationPage],
  ['.env.example', environmentExample],
] as const)('%s tells the variables of the code', (path, pageOf) => {
  const file = resolve(path);
  const text = pageOf(settings());
  if (process.env.UPDATE_DOCS) writeFileSync(file, text);
  expect(readFileSync(file, 'utf8')).toBe(text);
});
