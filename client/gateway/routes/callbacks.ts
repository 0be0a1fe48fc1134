import { z } from 'zod';
import type { Gateway, GatewayOptions } from '../options';
import { Problem, refusals } from '../problems';
import { campaignId, time } from '../schemas';

const params = z.object({ id: campaignId });

const status = z
  .object({
    campaignId: z.string(),
    delivered: z.int().meta({ description: 'Events that the receiver accepted.' }),
    gone: z.boolean().meta({ description: 'Whether the receiver wants no more of this campaign (410).' }),
    late: z.object({ type: z.string(), timestamp: time, host: z.string() }).nullable().meta({
      description: 'The event that has been refused for an hour or more and is still tried; null where there is none.',
    }),
    undelivered: z
      .array(z.object({ type: z.string(), timestamp: time, reason: z.string() }))
      .meta({ description: 'Events that were given up after three days, and can be sent again.' }),
    trying: z
      .object({ attempt: z.int(), lastError: z.string().nullable() })
      .nullable()
      .meta({ description: 'The event that is being sent; null where none is.' }),
  })
  .meta({ id: 'Callbacks' });

const resent = z
  .object({
    campaignId: z.string(),
    events: z.int().meta({
      description: 'Events that are being sent: those that were given up, and the one whose next attempt is made now.',
    }),
    says: z.string().meta({ description: 'What that means, in a sentence.' }),
  })
  .meta({ id: 'Resent' });

/** What the callback of a campaign was told, and sending again what it was not. */
export function addCallbacks(app: Gateway, { campaigns }: GatewayOptions): void {
  app.get(
    '/campaigns/:id/callbacks',
    {
      config: { role: 'reader' },
      schema: {
        summary: "What a campaign's callback was told, and what not",
        params,
        response: { 200: status, ...refusals(404) },
      },
    },
    async ({ params: { id } }) => {
      const found = await campaigns.callbacks(id);
      if (!found) throw NO_CALLBACK(id);
      return found;
    },
  );

  app.post(
    '/campaigns/:id/callbacks/resend',
    {
      schema: {
        summary: 'Send again what the callback was not told, with the same event IDs',
        description:
          'The next attempt at an event that is still tried is made now. Answered before anything is sent, which takes a worker. 409 where everything was delivered.',
        params,
        response: { 202: resent, ...refusals(404, 409, 413, 415) },
      },
    },
    async ({ params: { id } }, reply) => {
      const resent = await campaigns.resendCallbacks(id);
      reply.code(202);
      return resent;
    },
  );
}

const NO_CALLBACK = (id: string) =>
  new Problem(
    404,
    'no-callback',
    'There is no callback',
    `Campaign ${id} has no callback, or has told it nothing yet.`,
  );
