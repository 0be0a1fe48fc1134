// @ts-check
/**
 * An HTTP interface for systems that speak nothing else. The caller chooses the campaign ID: a PUT that is sent twice, as after a
 * time-out, starts one campaign.
 *
 *   TEMPORAL_ADDRESS=… PORT=3000 node fastify.mjs
 *   curl -X PUT localhost:3000/campaigns/morning-2026-06-23 -H 'content-type: application/json' \
 *     -d '{"agentId":"…","contacts":{"csv":"contact_number,name\n+919876543210,Asha\n"}}'
 *   curl localhost:3000/campaigns/morning-2026-06-23
 */
import { CampaignClient } from 'bolna-campaigns';
import Fastify from 'fastify';

const campaigns = await CampaignClient.connect();
const app = Fastify({ logger: { level: 'warn' } });

/** @typedef {{ Params: { id: string }, Body: import('bolna-campaigns').CampaignInput }} Campaign */

app.put('/campaigns/:id', async (/** @type {import('fastify').FastifyRequest<Campaign>} */ { params, body }, reply) => {
  const { campaignId, started } = await campaigns.start(params.id, body);
  reply.code(started ? 201 : 200);
  return { campaignId, started };
});

app.get('/campaigns/:id', (/** @type {import('fastify').FastifyRequest<Campaign>} */ { params }) =>
  campaigns.get(params.id),
);

/** @type {Record<string, number>} */
const STATUS = { InvalidInputError: 400, CampaignNotFoundError: 404, CampaignConflictError: 409, NoWorkerError: 503 };

app.setErrorHandler((/** @type {import('fastify').FastifyError} */ error, request, reply) => {
  const status = STATUS[error.name] ?? error.statusCode ?? 500;
  if (status >= 500) request.log.error(error);
  reply.code(status).send({ error: error.name, message: status === 500 ? 'Look into the log.' : error.message });
});

app.addHook('onClose', () => campaigns.close());
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => app.close());
console.log(`Listening at ${await app.listen({ port: Number(process.env.PORT ?? 3000) })}`);
