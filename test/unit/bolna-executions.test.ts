import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { BolnaClient } from '../../bolna/client';
import type { Execution } from '../../bolna/schemas';

type Answer = { status?: number; body: unknown };

const execution = (id: number): Execution => ({ id: String(id), status: 'completed' });
const many = (from: number, count: number) => Array.from({ length: count }, (_, i) => execution(from + i));

describe('reading every execution of a batch', () => {
  let server: Server;
  let client: BolnaClient;
  let asked: string[];
  let answer: (path: string, page: number) => Answer;

  beforeAll(async () => {
    server = createServer((request, response) => {
      const url = new URL(request.url ?? '/', 'http://bolna');
      asked.push(`${url.pathname} ${url.searchParams.get('page_number')}`);
      const { status = 200, body } = answer(url.pathname, Number(url.searchParams.get('page_number')));
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(typeof body === 'string' ? body : JSON.stringify(body));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    client = new BolnaClient({ apiKey: 'bn-test', baseUrl, timeoutMs: 1000 });
  });
  beforeEach(() => {
    asked = [];
  });
  afterAll(async () => {
    await client.close();
    server.close();
  });

  async function read(page?: number) {
    const ids: unknown[] = [];
    let anew = 0;
    for await (const stretch of client.executions('b1', page === undefined ? {} : { from: { page } })) {
      if (stretch.anew) anew++;
      ids.push(...stretch.executions.map(({ id }) => id));
    }
    return { ids, anew };
  }

  test('asks for pages until none follows', async () => {
    answer = (_, page) => ({ body: { data: many(page * 50, 50), has_more: page < 3, page_number: page } });
    expect((await read()).ids).toHaveLength(150);
    expect(asked).toHaveLength(3);
  });

  test('asks for a page ahead only where all are wanted, and lets go of it when reading ends early', async () => {
    answer = (_, page) => ({ body: { data: many(page * 50, 50), has_more: page < 5, page_number: page } });
    for await (const _ of client.executions('b1')) break;
    expect(asked).toHaveLength(1);
    for await (const _ of client.executions('b1', { ahead: true })) break;
    const all: unknown[] = [];
    for await (const { executions } of client.executions('b1', { ahead: true })) all.push(...executions);
    expect(all).toHaveLength(250);
    expect(asked.length).toBeLessThanOrEqual(8);
  });

  test('takes a full page that does not say so to be followed by another', async () => {
    answer = (_, page) => ({ body: { data: page < 3 ? many(page * 50, 50) : many(150, 7) } });
    expect((await read()).ids).toHaveLength(107);
  });

  test('does not begin again at the older address when a later page is not found', async () => {
    answer = (path, page) =>
      path.startsWith('/v2/') && page === 1
        ? { body: { data: many(0, 50), has_more: true } }
        : { status: 404, body: { message: 'Not found' } };
    await expect(read()).rejects.toMatchObject({ kind: 'not-found' });
    expect(asked).toEqual(['/v2/batches/b1/executions 1', '/v2/batches/b1/executions 2']);
  });

  test('refuses a page that is not the one it asked for', async () => {
    answer = () => ({ body: { data: many(0, 50), has_more: true, page: 1 } });
    await expect(read()).rejects.toMatchObject({ kind: 'unavailable' });
    expect(asked).toHaveLength(2);
  });

  test.each<[string, (page: number) => number]>([
    ['one page', () => 0],
    ['two pages in turn', (page) => page % 2],
  ])('ends with an error where %s would come for ever', async (_, which) => {
    answer = (_path, page) => ({ body: { data: many(which(page) * 50, 50), has_more: true } });
    await expect(read()).rejects.toMatchObject({
      kind: 'unavailable',
      message: expect.stringContaining('an earlier page again'),
    });
    expect(asked.length).toBeLessThan(4);
  });

  test('ends with an error where new pages never end', async () => {
    answer = (_, page) => ({ body: { data: many(page * 50, 50), has_more: true, page_number: page } });
    await expect(read(99_999)).rejects.toMatchObject({
      kind: 'unavailable',
      message: expect.stringContaining('more than 100000 pages'),
    });
    expect(asked).toHaveLength(2);
  });

  test.each([
    ['true', 3],
    [1, 3],
    ['false', 1],
    [0, 1],
  ])('reads %j as what it means where a word of yes or no is due', async (word, pages) => {
    answer = (_, page) => ({ body: { data: page < 3 ? many(page * 50, 20) : [], has_more: word } });
    await read();
    expect(asked).toHaveLength(pages);
  });

  test('takes a page as full that holds as many as it says fit', async () => {
    answer = (_, page) => ({ body: { data: many(page * 50, page < 3 ? 20 : 5), page_size: 20 } });
    expect((await read()).ids).toHaveLength(45);
  });

  test('says so when everything comes again although a later page was asked for', async () => {
    answer = () => ({ body: many(0, 120) });
    expect(await read(3)).toEqual({ ids: many(0, 120).map(({ id }) => id), anew: 1 });
    expect((await read()).anew).toBe(0);
  });

  test.each([
    ['cut off', JSON.stringify(many(0, 3)).slice(0, -20)],
    ['no JSON', '[{"id": 1}, oops]'],
    ['empty', ''],
    ['a web page', '<html></html>'],
    ['of something else', '[1, 2]'],
  ])('finds an answer that is %s unusable', async (_, body) => {
    answer = () => ({ body });
    await expect(read()).rejects.toMatchObject({ name: 'BolnaError', kind: 'unavailable' });
  });

  test('keeps every field as it came, also those nobody knows', async () => {
    const strange = { id: 7, status: 'completed', transfer_call_data: { to: 'x' }, new_field: [1, { a: null }] };
    answer = () => ({ body: [strange] });
    for await (const { executions } of client.executions('b1')) expect(executions).toEqual([strange]);
  });
});
