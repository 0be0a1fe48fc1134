import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { isReached, type Section } from '../../bench/figures';

jest.setTimeout(600_000);

describe('npm run bench, in its small setting', () => {
  const folder = mkdtempSync(join(tmpdir(), 'bench-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test('measures every section, and what it counts is as promised', async () => {
    const json = join(folder, 'figures.json');
    await promisify(execFile)('npm', ['run', 'bench', '--', '--small', '--json', json], { maxBuffer: 1e8 });
    const { sections } = JSON.parse(readFileSync(json, 'utf8')) as { sections: Section[] };
    expect(sections.map(({ name }) => name)).toEqual([
      'rows',
      'history',
      'requests',
      'throughput',
      'waiting',
      'startup',
    ]);
    const figures = sections.flatMap((section) => section.figures);
    for (const { value } of figures) expect(Number.isFinite(value)).toBe(true);
    const counted = figures.filter((figure) => figure.counted);
    expect(counted.length).toBeGreaterThanOrEqual(6);
    expect(counted.filter((figure) => !isReached(figure))).toEqual([]);
  });
});
