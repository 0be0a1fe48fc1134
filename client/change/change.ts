import { readConfig } from '../../worker/config';
import type { CampaignClient } from '../campaigns';
import { knownCampaign } from '../look/known';
import { say } from '../run/print';
import { serverInUse } from '../server/in-use';
import { confirmed } from '../terminal/ask';
import { printJson } from '../terminal/json';
import { EXIT, type ExitCode, UserError } from '../user-error';

export interface ChangeFlags {
  yes?: boolean;
  json?: boolean;
}

/** A change of a campaign that runs, in a person's words. */
export interface Change<Answer extends { says: string }> {
  /** What will be done, as a sentence. */
  effect: string;
  question: string;
  make(campaigns: CampaignClient): Promise<Answer>;
  /** What the command ends with. Default: 0. */
  exitCode?(answer: Answer): ExitCode;
}

/** Makes a change: says what it will do, asks, and tells what the campaign answers. */
export async function change<Answer extends { says: string }>(
  campaignId: string,
  { effect, question, make, exitCode }: Change<Answer>,
  flags: ChangeFlags,
): Promise<ExitCode> {
  const server = await serverInUse(readConfig(process.env), campaignId);
  try {
    const { endedAt, state } = await knownCampaign(server, campaignId);
    if (endedAt !== null)
      throw new UserError(`Campaign ${campaignId} has ended already (${state}): there is nothing left to change.`);
    say(`Campaign ${campaignId} is ${state}. ${effect}`);
    const otherwise = `Nobody can be asked here: give --yes to change campaign ${campaignId}.`;
    if (!flags.yes && !(await confirmed(question, otherwise))) {
      say('Nothing was done: the campaign goes on as it was.');
      return EXIT.badInput;
    }
    const answer = await make(server.campaigns);
    say(answer.says);
    if (flags.json) printJson({ campaignId, ...answer });
    return exitCode?.(answer) ?? EXIT.completed;
  } finally {
    await server.close();
  }
}
