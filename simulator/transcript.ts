import type { Contact } from './contacts-file';

const TURNS: readonly [assistant: string, user: string][] = [
  ['Hello, this is a call about your recent enquiry. Am I speaking with the right person?', 'Yes, speaking.'],
  ['Thank you. Is now a good time for two short questions?', 'Yes, go ahead.'],
  ['How likely are you to go on with it this month?', 'I think so, but I want to see the price first.'],
  ['I will have it sent to you. Which channel suits you best?', 'A message on this number is fine.'],
  ['Noted. Is there anything else you would like to know?', 'Not for now, thank you.'],
];

/** Seconds one exchange takes; a long call gets a long transcript, as in life. */
const TURN_SECONDS = 9;

/** One string, `assistant: …` and `user: …` by turns; empty for a call hung up at once. */
export function inventTranscript(contact: Contact, seconds: number): string {
  const name = contact.fields.customer_name ?? contact.fields.name;
  const lines: string[] = [];
  for (let turn = 0; turn * TURN_SECONDS < seconds; turn++) {
    const [assistant, user] = TURNS[turn % TURNS.length] ?? ['', ''];
    lines.push(
      `assistant: ${turn === 0 && name ? assistant.replace('Hello', `Hello ${name}`) : assistant}`,
      `user: ${user}`,
    );
  }
  return lines.join('\n');
}
