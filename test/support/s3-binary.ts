import { goProgram } from './go-program';

/**
 * The S3 server that tests run against. Since 1.8 it decides conditional puts under a lock: of many at once one wins, as on
 * AWS's own.
 */
const SERVER = { name: 'versitygw', source: 'github.com/versity/versitygw/cmd/versitygw', version: 'v1.8.0' };

/** The path of the server's program: TEST_S3_SERVER_PATH, else built once from its Go module and kept. */
export async function s3ServerProgram(): Promise<string> {
  if (process.env.TEST_S3_SERVER_PATH) return process.env.TEST_S3_SERVER_PATH;
  return goProgram('s3-server', SERVER).catch((error: unknown) => {
    throw new Error('The S3 server for tests is built with Go: install it, or set TEST_S3_SERVER_PATH.', {
      cause: error,
    });
  });
}
