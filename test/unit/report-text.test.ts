import fc from 'fast-check';
import { Html, html } from '../../report/html';
import { amount, counted, duration, share, stepText, utc } from '../../report/page/words';
import { scriptJson } from '../../report/script-json';
import { webAddress } from '../../report/selection';

/** Strings made of what a browser may take for more than text, and of anything at all. */
const hostile = fc.oneof(
  fc
    .array(
      fc.constantFrom(
        ...['<', '</', 'script', '>', '!--', '-->', '"', "'", '&', '&lt;', '\0', '\u2028', '\\', '`', '${'],
      ),
    )
    .map((parts) => parts.join('')),
  fc.string({ unit: 'binary' }),
  fc.string({ unit: fc.integer({ min: 0, max: 0xffff }).map((unit) => String.fromCharCode(unit)) }),
);

test('whatever a value is, its JSON in the page begins no tag and no comment, and gives the same value', () => {
  fc.assert(
    fc.property(fc.array(hostile), (values) => {
      const written = scriptJson(values);
      expect(written).not.toMatch(/[<\u2028\u2029\0]/);
      expect(JSON.parse(written)).toEqual(values);
    }),
    { numRuns: 1000 },
  );
});

test('whatever a text is, in a template it begins no tag and ends no attribute', () => {
  fc.assert(
    fc.property(hostile, (text) => {
      const { markup } = html`<p title="${text}">${text}</p>`;
      const [, title = '', content = ''] = /^<p title="([^"]*)">([^<]*)<\/p>$/s.exec(markup) ?? [];
      expect(title).toBe(content);
      expect(content).not.toMatch(/[<>"'\0]/);
      const entities: Record<string, string> = { '&lt;': '<', '&gt;': '>', '&amp;': '&', '&quot;': '"', '&#39;': "'" };
      const read = content.replace(/&(?:lt|gt|amp|quot|#39);/g, (entity) => entities[entity] ?? '');
      expect(read).toBe(text.replace(/[^\P{Cc}\t\n]/gu, '\ufffd'));
    }),
    { numRuns: 1000 },
  );
});

test('only markup that was made as such stands in a template as it is', () => {
  const { markup } = html`<p>${html`<b>${'<i>'}</b>`}${['a', new Html('<br>'), 1]}${undefined}</p>`;
  expect(markup).toBe('<p><b>&lt;i&gt;</b>a<br>1</p>');
});

test.each([
  ['https://r.example/1.mp3?a=b&c', 'https://r.example/1.mp3?a=b&c'],
  ['http://r.example/', 'http://r.example/'],
  ['HTTPS://r.example/"><script>', 'https://r.example/%22%3E%3Cscript%3E'],
  ['javascript:alert(1)', undefined],
  [' java\nscript:alert(1)', undefined],
  ['data:text/html,<script>alert(1)</script>', undefined],
  ['file:///etc/passwd', undefined],
  ['//r.example/1', undefined],
  ['', undefined],
])('of the address %j a click may open %j', (address, wanted) => expect(webAddress(address)).toBe(wanted));

test('an address that is too long to be one is none', () => {
  expect(webAddress(`https://r.example/${'x'.repeat(3000)}`)).toBeUndefined();
});

test('numbers are written as people read them', () => {
  expect([amount(123456.7), amount(0.2), amount(0)]).toEqual(['1,234.57', '<0.01', '0.00']);
  expect([duration(45), duration(150), duration(3600), duration(360_000 + 720)]).toEqual([
    '45 s',
    '2 min 30 s',
    '1 h',
    '100 h 12 min',
  ]);
  expect([share(1, 3), share(1, 30), share(1, 100_000), share(99_999, 100_000), share(0, 0), share(3, 3)]).toEqual([
    '33%',
    '3.3%',
    '<0.1%',
    '>99.9%',
    '0%',
    '100%',
  ]);
  expect([counted(1, 'row'), counted(1200, 'row')]).toEqual(['1 row', '1,200 rows']);
  expect([stepText(60_000), stepText(3 * 3_600_000), stepText(7 * 86_400_000)]).toEqual([
    '1 minute',
    '3 hours',
    '7 days',
  ]);
  expect([utc('2026-11-24T00:25:00.000Z'), utc('soon')]).toEqual(['24 Nov 2026, 00:25 UTC', 'soon']);
});
