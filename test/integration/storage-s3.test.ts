import { S3Storage } from '../../storage/s3';
import { BUILD_LIMIT_MS } from '../support/go-program';
import { endAll } from '../support/processes';
import { S3Server } from '../support/s3-server';
import { keepsTheContract } from '../support/storage-contract';

/** The object storage against a real server: first what every storage does, then what only this one can meet. */

let server: S3Server;
let n = 0;
let prefix: string;
let storage: S3Storage;
beforeAll(async () => {
  server = await S3Server.start();
  Object.assign(process.env, server.env);
}, BUILD_LIMIT_MS);
beforeEach(() => {
  prefix = `test-${++n}/`;
  storage = new S3Storage({ bucket: server.bucket, prefix });
});
afterAll(async () => {
  await endAll();
  await server.stop();
});

async function everything(): Promise<string[]> {
  const objects = (await server.objects()).filter((key) => key.startsWith(prefix));
  return [...objects.map((key) => key.slice(prefix.length)), ...(await server.unfinished())];
}

keepsTheContract(() => ({ storage, everything }));
