import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { Gateway, GatewayOptions } from '../app';
import { PROBLEM_JSON, Problem, problemSchema } from '../problems';
import { campaignId, haltRequest, newCampaign, ordered, progress, started } from '../schemas';
import { fromJson, fromUpload, type NewCampaign } from '../uploads';

const params = z.object({ id: campaignId });
const problems = { content: { [PROBLEM_JSON]: { schema: problemSchema } } };
/** Answers that any route can give. */
const REFUSED = { 400: problems, 401: problems, 403: problems, 429: problems, 500: problems, 503: problems };

/** Starting campaigns, looking at them, and halting them. */
export function addCampaigns(app: Gateway, options: GatewayOptions): void {
  const { campaigns } = options;

  app.post(
    '/campaigns',
    {
      schema: {
        summary: 'Start a campaign, once for each Idempotency-Key',
        description:
          'As JSON, or as multipart/form-data with the part "campaign" (JSON, all but the contacts) before the file "contacts", which is streamed.',
        headers: z.looseObject({ 'idempotency-key': campaignId }),
        consumes: ['application/json', 'multipart/form-data'],
        body: newCampaign.nullish(),
        response: { 200: started, 201: started, 409: problems, 413: problems, 415: problems, ...REFUSED },
      },
    },
    async (request, reply) => {
      const id = request.headers['idempotency-key'];
      const asked = await askedFor(request, options, id);
      try {
        const { started: isNew } = await campaigns.start(id, asked.input, asked.start);
        if (!isNew) await asked.discard();
        reply.header('location', `/campaigns/${id}`).code(isNew ? 201 : 200);
        return { campaignId: id, started: isNew };
      } catch (error) {
        await asked.discard();
        throw error;
      }
    },
  );

  app.get(
    '/campaigns/:id',
    { config: { role: 'reader' }, schema: { summary: 'How a campaign stands', params, response: { 200: progress, 404: problems, ...REFUSED } } },
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
          response: { 202: ordered, 404: problems, 409: problems, ...REFUSED },
        },
      },
      async ({ params: { id }, body, holder }, reply) => {
        const by = body?.by ?? holder?.name;
        await campaigns[kind](id, { ...(body?.reason !== undefined && { reason: body.reason }), ...(by !== undefined && { by }) });
        reply.code(202);
        return { campaignId: id, ordered: kind };
      },
    );
  }
}

async function askedFor(request: FastifyRequest, { storage }: GatewayOptions, id: string): Promise<NewCampaign> {
  if (request.isMultipart()) return fromUpload(request, storage, id);
  const body = newCampaign.safeParse(request.body);
  if (body.success) return fromJson(body.data, storage, id);
  throw new Problem(400, 'invalid-request', 'The request cannot be understood', 'Send a campaign as JSON, or as multipart/form-data.');
}
