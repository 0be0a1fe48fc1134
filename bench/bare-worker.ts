import { NativeConnection, Worker } from '@temporalio/worker';

/** A worker that does nothing, for `bareWorkflow`. */
async function main(): Promise<void> {
  const { TEMPORAL_ADDRESS: address = '', CAMPAIGN_TASK_QUEUE: taskQueue = '' } = process.env;
  const connection = await NativeConnection.connect({ address });
  const worker = await Worker.create({
    connection,
    taskQueue,
    workflowsPath: require.resolve('./workflows'),
    activities: { nothing: async () => undefined, isOver: async () => true },
  });
  console.log('Worker on task queue', taskQueue);
  await worker.run();
}

void main();
