import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { workflowBuildId } from '../../worker/bundle';
import { ConfigError } from '../../worker/config-error';
import { prepared } from '../support/env';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'bundle-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function buildIdOf(bundle: string): string {
  const path = join(folder, 'bundle.js');
  writeFileSync(path, bundle);
  return workflowBuildId(path);
}

test('the build ID is that of the code, wherever it was built', () => {
  const id = buildIdOf('code\n//# sourceMappingURL=data:here');
  expect(id).toMatch(/^[0-9a-f]{16}$/);
  expect(buildIdOf('code\n//# sourceMappingURL=data:there')).toBe(id);
  expect(buildIdOf('code\n')).toBe(id);
  expect(buildIdOf('other code\n//# sourceMappingURL=data:here')).not.toBe(id);
});

test('the workflow bundle has its source map at the end, and no folder of the machine in its code', () => {
  const path = prepared('TEST_WORKFLOW_BUNDLE');
  const [code = '', map, ...more] = readFileSync(path, 'utf8').split('//# sourceMappingURL=');
  expect([map?.slice(0, 5), more]).toEqual(['data:', []]);
  expect(code.includes(process.cwd())).toBe(false);
  expect(code.length).toBeGreaterThan(100_000);
});

test('what the report runs in a browser is no module once it is built: a browser knows no exports', () => {
  const script = readFileSync(join(prepared('TEST_BUILD'), 'report', 'page', 'table.js'), 'utf8');
  expect(script).toContain('addEventListener');
  expect(script).not.toMatch(/\bexports\b|\brequire\(/);
});

test('where nothing was built, the sentence says what to do', () => {
  expect(() => workflowBuildId(join(folder, 'none.js'))).toThrow(ConfigError);
  expect(() => workflowBuildId(join(folder, 'none.js'))).toThrow(/npm run build.*CAMPAIGN_BUILD_ID/);
});
