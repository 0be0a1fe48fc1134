import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { ListedCampaign } from '../../campaign/list';
import type { Gateway, GatewayOptions } from '../options';
import { Problem, refusals } from '../problems';
import { campaignId, haltRequest, listed, listQuery, newCampaign, ordered, progress, started } from '../schemas';
import { fromJson, fromUpload, type NewCampaign } from '../uploads';

const params = z.object({ id: campaignId });

/** Starting campaigns, looking at them, and halting them. */
export function addCampaigns(app: Gateway, options: GatewayOptions): void {
  const { campaigns } = options;

  app.post(
    '/campaigns',
    {
      schema: {
        summary: 'Start a campaign, once for each Idempotency-Key',
        description:
          'As JSON, or as multipart/form-data with the part "campaign" (JSON, all but the contacts) before the file "contacts", which is streamed. Contacts are checked first: a file that cannot be read, or has no valid row, is refused with 422 and its faults. Invalid rows of another are left out of the calls, and GET /campaigns/ID/rejected says why.',
        headers: z.looseObject({ 'idempotency-key': campaignId }),
        consumes: ['application/json', 'multipart/form-data'],
        body: newCampaign.nullish(),
        response: { 200: started, 201: started, ...refusals(409, 413, 415, 422) },
      },
    },
    async (request, reply) => {
      const id = request.headers['idempotency-key'];
      const asked = await askedFor(request, options, id);
      const { started: isNew } = await campaigns.start(id, asked.input, asked.start);
      reply.header('location', `/campaigns/${id}`).code(isNew ? 201 : 200);
      const { checked, agent: { notes, welcome } = { notes: [], welcome: [] } } = asked;
      return {
        campaignId: id,
        started: isNew,
        ...(checked && { contacts: checked }),
        ...(isNew && notes.length > 0 && { notes }),
        ...(isNew && welcome.length > 0 && { welcome }),
      };
    },
  );

  app.get(
    '/campaigns',
    {
      config: { role: 'reader' },
      schema: {
        summary: 'Campaigns: those that run, then those that have ended, the latest first',
        description:
          'A campaign that ends between two pages is told on both. One that was started a moment ago may be missing. Why a person should look at one that has ended is known where the server has the search attributes (bolna-campaigns setup).',
        querystring: listQuery,
        response: { 200: listed, ...refusals() },
      },
    },
    async ({ query: { cursor, limit, attention, ...asked } }) => {
      const wishes = { ...asked, attention: attention === 'true' };
      const found = campaigns.list({ ...wishes, limit: limit + 1, after: cursor });
      const page: ListedCampaign[] = [];
      for await (const campaign of found) page.push(campaign);
      const last = page.length > limit ? page[limit - 1] : undefined;
      return { campaigns: page.slice(0, limit), next: last?.cursor ?? null };
    },
  );

  app.get(
    '/campaigns/:id',
    {
      config: { role: 'reader' },
      schema: { summary: 'How a campaign stands', params, response: { 200: progress, ...refusals(404) } },
    },
    async ({ params: { id } }) => campaigns.get(id),
  );

  for (const kind of ['stop', 'cancel'] as const) {
    app.post(
      `/campaigns/:id/${kind}`,
      {
        schema: {
          summary:
            kind === 'stop'
              ? 'Nobody else is called, calls on the line may finish, results are collected'
              : 'Nobody else is called, and nothing is waited for',
          params,
          body: haltRequest,
          response: { 202: ordered, ...refusals(404, 409, 413, 415) },
        },
      },
      async ({ params: { id }, body, holder }, reply) => {
        const by = body?.by ?? holder?.name;
        const { warning } = await campaigns[kind](id, {
          ...(body?.reason !== undefined && { reason: body.reason }),
          ...(by !== undefined && { by }),
        });
        reply.code(202);
        return { campaignId: id, ordered: kind, warning };
      },
    );
  }
}

async function askedFor(request: FastifyRequest, options: GatewayOptions, id: string): Promise<NewCampaign> {
  if (request.isMultipart()) return fromUpload(request, options, id);
  const body = newCampaign.safeParse(request.body);
  if (body.success) return fromJson(body.data, options, id);
  throw new Problem(
    400,
    'invalid-request',
    'The request cannot be understood',
    'Send a campaign as JSON, or as multipart/form-data.',
  );
}
