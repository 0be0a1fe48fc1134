import { NUMBER_COLUMN } from '../../contacts/number-column';
import { openContacts, type ReadingOptions } from '../../contacts/read';
import type { Recipients } from './recipients';

/** Columns by which people are greeted, where the file has one. */
const NAMES = ['customer_name', 'first_name', 'name'];

/** The agent of a simulation: one whose words use whatever columns the file has, as a real one's would. @throws ContactsError */
export async function simulatedAgent(
  recipients: Recipients,
  reading: ReadingOptions,
): Promise<Record<string, unknown>> {
  const { header, blocks } = await openContacts(await recipients.open(), reading);
  await blocks.return(undefined);
  const columns = header.columns.filter((column) => column !== NUMBER_COLUMN);
  const name = columns.find((column) => NAMES.includes(column));
  const known = columns.map((column) => `${column}: {${column}}`).join('\n');
  return {
    agent_welcome_message: `Hello${name === undefined ? '' : ` {${name}}`}, this is a simulated call.`,
    agent_prompts: { task_1: { system_prompt: `You remind people of their appointments.\n${known}` } },
  };
}
