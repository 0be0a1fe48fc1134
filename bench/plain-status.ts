import { Client, Connection } from '@temporalio/client';

/** The plainest way to ask a campaign for its progress: what `status` is measured beside. */
async function main(): Promise<void> {
  const { TEMPORAL_ADDRESS: address = '' } = process.env;
  const connection = await Connection.connect({ address });
  const client = new Client({ connection });
  console.log(await client.workflow.getHandle(process.argv[2] ?? '').query('progress'));
  await connection.close();
}

void main();
