import { readConfig } from '../../worker/config';
import { makeAttributes } from '../../worker/search-attributes';
import { serverInUse } from '../server/in-use';
import { printJson } from '../terminal/json';
import { EXIT, type ExitCode } from '../user-error';

/** Makes on the Temporal server what campaigns need there. @throws ConfigError where it refuses */
export async function setup({ json = false }: { json?: boolean }): Promise<ExitCode> {
  const server = await serverInUse(readConfig(process.env));
  try {
    const { namespace, address, client } = server;
    const { there, missing: made } = await makeAttributes(client.connection, namespace);
    if (json) printJson({ namespace, made, there });
    else {
      const lines = [
        `Search attributes in namespace ${namespace} of the Temporal server at ${address}:`,
        ...made.map((name) => `  ${name}: made`),
        ...there.map((name) => `  ${name}: was there`),
      ];
      process.stdout.write(`${lines.join('\n')}\n`);
    }
    return EXIT.completed;
  } finally {
    await server.close();
  }
}
