import { setMaxListeners } from 'node:events';
import { z } from 'zod';
import { amountSchema, instant } from '../../../workflows/input';
import { MOST_NUMBERS } from '../../campaign/suppress';
import type { ChangeOptions } from '../../campaign/update';
import type { Gateway, GatewayOptions } from '../options';
import { Problem, refusals } from '../problems';
import { campaignId } from '../schemas';

/** Milliseconds that a campaign has for its answer: proxies in front commonly wait for a minute. */
const ANSWER_MS = 45_000;

const rescheduleRequest = z
  .strictObject({
    startAt: instant('When to start.'),
    startBy: instant('Latest start. Default: as long after startAt as it was before.').optional(),
  })
  .meta({ id: 'RescheduleRequest' });

const rescheduled = z
  .object({
    campaignId: z.string(),
    says: z.string().meta({ description: 'What that means, in words.' }),
    startsAt: z.string().nullable().meta({
      description: 'When the calls begin, as Bolna says, ISO 8601 in UTC; null where it has not taken it yet.',
    }),
  })
  .meta({ id: 'Rescheduled' });

const cents = z.number().nullable().meta({ description: 'Cents; null for no limit.' });

const maxCostRequest = z
  .strictObject({
    maxCost: amountSchema().nullable().meta({
      description:
        "Most that the calls may cost, in cents of the account's currency: 5000 is 50.00; null for no limit.",
    }),
    by: z.string().max(100).optional().meta({ description: 'Who sets it. Default: the name of the token.' }),
  })
  .meta({ id: 'MaxCostRequest' });

const maxCostSet = z
  .object({
    campaignId: z.string(),
    says: z.string().meta({ description: 'What that means, in words.' }),
    maxCost: cents,
    before: cents,
  })
  .meta({ id: 'MaxCostSet' });

const suppressRequest = z
  .strictObject({
    numbers: z
      .array(z.string().min(1).max(256, 'must be 256 characters at most'))
      .min(1)
      .max(MOST_NUMBERS)
      .meta({ description: `1 to ${MOST_NUMBERS} phone numbers, in any form that suppression lists may have.` }),
    country: z
      .string()
      .regex(/^[A-Z]{2}$/, 'must be two letters, such as IN')
      .optional()
      .meta({
        description: 'Whose numbers those without a country code are. Default: those of the countries of the contacts.',
      }),
  })
  .meta({ id: 'SuppressRequest' });

const suppressed = z
  .object({
    campaignId: z.string(),
    says: z.string().meta({ description: 'What that means, in words.' }),
    numbers: z.array(
      z.object({
        number: z.string().meta({ description: 'As it was given.' }),
        outcome: z.enum(['suppressed', 'too-late', 'not-in-campaign', 'unknown']).meta({
          description:
            'suppressed: no call was made, and none will be. too-late: already called, or on the line. not-in-campaign: no contact has it. unknown: it cannot be read, or Bolna does not show yet whether the call is prevented; the order stands, and the same request tells later.',
        }),
        at: z.string().nullable().optional().meta({
          description: "Of too-late: when Bolna's record of the call changed last, ISO 8601 in UTC.",
        }),
        why: z.enum(['unreadable', 'not-shown']).optional().meta({ description: 'Of unknown.' }),
        says: z.string().meta({ description: 'What became of it and what to do, in words.' }),
      }),
    ),
  })
  .meta({ id: 'Suppressed' });

const schema = {
  params: z.object({ id: campaignId }),
  description:
    'Answered by the campaign, which takes a worker: 503 where none has taken the request within 10 seconds; it may be lost then, or taken later. 504 where one has, and the campaign has not said yet what became of it: the request stands. 409 and 422 change nothing, except the 409 of the type change-not-had: the change was taken, and something came between; look at the campaign to see what holds.',
};
const changeRefusals = refusals(404, 409, 413, 415, 422, 504);

/** Changes of campaigns that run, which they check and answer themselves. */
export function addChanges(app: Gateway, { campaigns, answerMs = ANSWER_MS }: GatewayOptions): void {
  const closing = new AbortController();
  // Nobody is kept from ending a gateway by a campaign that has not answered.
  app.addHook('preClose', async () => closing.abort(ENDING()));
  // Each request that waits listens to it, and there may be any number of them.
  setMaxListeners(0, closing.signal);
  const options: ChangeOptions = { patienceMs: answerMs, signal: closing.signal };

  app.post(
    '/campaigns/:id/reschedule',
    {
      schema: {
        ...schema,
        summary: 'Move the start of a campaign that has not begun',
        body: rescheduleRequest,
        response: { 200: rescheduled, ...changeRefusals },
      },
    },
    async ({ params: { id }, body: { startAt, startBy } }) => ({
      campaignId: id,
      ...(await campaigns.reschedule(id, { startAt, ...(startBy !== undefined && { startBy }) }, options)),
    }),
  );

  app.post(
    '/campaigns/:id/suppress',
    {
      schema: {
        ...schema,
        summary: 'Suppress contacts of a campaign that runs: calls that were not made yet are prevented',
        body: suppressRequest,
        response: { 200: suppressed, ...changeRefusals },
      },
    },
    async ({ params: { id }, body: { numbers, country } }) => ({
      campaignId: id,
      ...(await campaigns.suppress(id, numbers, { ...options, ...(country !== undefined && { country }) })),
    }),
  );

  app.post(
    '/campaigns/:id/max-cost',
    {
      schema: {
        ...schema,
        summary: 'Set what the calls of a campaign may cost; one whose calls have cost as much is stopped',
        body: maxCostRequest,
        response: { 200: maxCostSet, ...changeRefusals },
      },
    },
    async ({ params: { id }, body: { maxCost, by: name }, holder }) => {
      const by = name ?? holder?.name;
      return {
        campaignId: id,
        ...(await campaigns.setMaxCost(id, maxCost, { ...options, ...(by !== undefined && { by }) })),
      };
    },
  );
}

const ENDING = () =>
  new Problem(
    503,
    'ending',
    'The gateway ends',
    'It ended before the campaign had answered. The change may be made all the same: look at the campaign, and ask again if nothing was changed.',
  );
