import { readConfig } from '../../worker/config';
import type { CampaignClient } from '../campaigns';
import { knownCampaign } from '../look/known';
import { say } from '../run/print';
import { reachCampaign } from '../server/reach';
import { noWorkerAdvice } from '../server/workers';
import { canAsk, confirmed } from '../terminal/ask';
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
  /** What it means that nothing goes on after this command, where nothing does. */
  unattended?: string;
  make(campaigns: CampaignClient): Promise<Answer>;
  /** What the answer says to this person. Default: its own words. */
  told?(answer: Answer): string;
  /** What the command ends with. Default: 0. */
  exitCode?(answer: Answer): ExitCode;
}

/** Makes a change: says what it will do, asks, and tells what the campaign answers. */
export async function change<Answer extends { says: string }>(
  campaignId: string,
  { effect, question, unattended, make, told, exitCode }: Change<Answer>,
  flags: ChangeFlags,
): Promise<ExitCode> {
  // A change that is only described needs no worker, and brings none up.
  const worker = flags.yes === true || canAsk();
  const reached = await reachCampaign(readConfig(process.env), campaignId, { worker });
  const { server } = reached;
  try {
    const { endedAt, state, warning } = await knownCampaign(reached, campaignId);
    if (!server || endedAt !== null)
      throw new UserError(`Campaign ${campaignId} has ended already (${state}): there is nothing left to change.`);
    if (warning !== null) say(warning);
    say(`Campaign ${campaignId} is ${state}. ${effect}`);
    const otherwise = `Nobody can be asked here: give --yes to change campaign ${campaignId}.`;
    if (!flags.yes && !(await confirmed(question, otherwise))) {
      say(
        server.brief
          ? `Nothing was done. ${noWorkerAdvice(server)}`
          : 'Nothing was done: the campaign goes on as it was.',
      );
      return EXIT.badInput;
    }
    const answer = await make(server.campaigns);
    say(told?.(answer) ?? answer.says);
    if (server.brief) say(`${unattended === undefined ? '' : `${unattended} `}${noWorkerAdvice(server)}`);
    if (flags.json) printJson({ campaignId, ...answer });
    return exitCode?.(answer) ?? EXIT.completed;
  } finally {
    await server?.close();
  }
}
