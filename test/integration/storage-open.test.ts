import { createServer, type Server } from 'node:http';
import { LocalStorage } from '../../storage/local';
import { openStorage } from '../../storage/open-storage';
import { S3Storage } from '../../storage/s3';
import { StorageUnusableError } from '../../storage/storage';
import { BUILD_LIMIT_MS } from '../support/go-program';
import { S3Server } from '../support/s3-server';

/** What a start says of the storage that CAMPAIGN_DATA names. */

let server: S3Server;
const clean = { ...process.env };
beforeAll(async () => {
  server = await S3Server.start();
}, BUILD_LIMIT_MS);
beforeEach(() => {
  // Nothing of whoever runs the tests: no file with credentials, no settings.
  for (const name of Object.keys(process.env)) if (name.startsWith('AWS_')) delete process.env[name];
  Object.assign(process.env, server.env, { AWS_CONFIG_FILE: '/none', AWS_SHARED_CREDENTIALS_FILE: '/none' });
});
afterAll(async () => {
  process.env = clean;
  await server.stop();
});

test('a folder is a folder, and an address an object storage that is left as it was found', async () => {
  expect(await openStorage('/some/folder')).toBeInstanceOf(LocalStorage);
  const storage = await openStorage(`s3://${server.bucket}/somewhere/else`);
  expect(storage).toBeInstanceOf(S3Storage);
  expect(storage.uriOf('c/a.csv')).toBe(`s3://${server.bucket}/somewhere/else/c/a.csv`);
  expect(await server.objects()).toEqual([]);
});

test.each([
  [
    'a bucket that does not exist',
    's3://other/x',
    {},
    /has no bucket other: create it, or name another in CAMPAIGN_DATA\.$/,
  ],
  [
    'a wrong secret',
    's3://campaigns',
    { AWS_SECRET_ACCESS_KEY: 'x' },
    /refuses access to s3:\/\/campaigns \(403 SignatureDoesNotMatch\): check AWS_/,
  ],
  ['an unknown key', 's3://campaigns', { AWS_ACCESS_KEY_ID: 'x' }, /No user exists with the provided access key/],
  [
    'no credentials',
    's3://campaigns',
    { AWS_ACCESS_KEY_ID: '' },
    /^There are no usable credentials for s3:\/\/campaigns: set AWS_ACCESS_KEY_ID and/,
  ],
  [
    'no region',
    's3://campaigns',
    { AWS_REGION: '' },
    /^AWS_REGION is not set, or is no region: name the one of the bucket campaigns there\.$/,
  ],
  [
    'another region',
    's3://campaigns',
    { AWS_REGION: 'eu-west-1' },
    /is in another region .*: name it in AWS_REGION\.$/,
  ],
  [
    'a server that is not there',
    's3://campaigns',
    { AWS_ENDPOINT_URL_S3: 'http://127.0.0.1:1' },
    /^The object storage at http:\/\/127\.0\.0\.1:1 cannot be reached for s3:\/\/campaigns \(.*ECONNREFUSED.*\): check/,
  ],
  [
    'no address of a server',
    's3://campaigns',
    { AWS_ENDPOINT_URL_S3: 'localhost' },
    /^The object storage cannot be reached .*: check AWS_ENDPOINT_URL_S3/,
  ],
  [
    'no address of a bucket',
    's3://Campaigns!',
    {},
    /^s3:\/\/Campaigns! is no address of an object storage: write it as s3:\/\/bucket\/prefix\.$/,
  ],
])('%s is one sentence', async (_, data, env, sentence) => {
  Object.assign(process.env, env);
  const refusal: unknown = await openStorage(data).catch((error: unknown) => error);
  expect(refusal).toBeInstanceOf(StorageUnusableError);
  expect(refusal).toHaveProperty('message', expect.stringMatching(sentence));
});

test('a server that may only be read is refused', async () => {
  const readonly = await S3Server.start({ readonly: true });
  Object.assign(process.env, readonly.env);
  await expect(openStorage('s3://campaigns')).rejects.toThrow(
    /refuses access .*may list, read, write and delete there/,
  );
  await readonly.stop();
});

test('a server that says nothing is not waited for without end', async () => {
  const silent = await S3Server.start();
  await silent.freeze();
  Object.assign(process.env, silent.env);
  await expect(openStorage('s3://campaigns', 200)).rejects.toThrow(
    /cannot be reached for s3:\/\/campaigns \(.*timed out/,
  );
  await silent.stop();
});

test('a server that does not know conditional writes is refused', async () => {
  const plain = await obliging();
  process.env.AWS_ENDPOINT_URL_S3 = plain.url;
  const opened = openStorage('s3://campaigns/p').finally(() => plain.server.close());
  await expect(opened).rejects.toThrow(
    /^The object storage of s3:\/\/campaigns\/p ignores If-None-Match, so nothing could keep two workers from scheduling two/,
  );
  expect(plain.files.size).toBe(0);
});

/** A server that does what it is asked, and takes no notice of conditions. */
async function obliging(): Promise<{ url: string; files: Map<string, Buffer>; server: Server }> {
  const files = new Map<string, Buffer>();
  const server = createServer(async (request, response) => {
    const url = request.url?.split('?', 1)[0] ?? '';
    const body = Buffer.concat(await request.toArray());
    const found = files.get(url);
    if (request.method === 'PUT') files.set(url, body);
    if (request.method === 'DELETE') files.delete(url);
    const exists = request.method === 'PUT' || found !== undefined || url === '/campaigns/';
    response.writeHead(exists ? 200 : 404).end(request.method === 'GET' ? found : undefined);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return { url: `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`, files, server };
}
