import { BlockList, isIPv6 } from 'node:net';
import { z } from 'zod';
import { CampaignOverError } from '../../errors';
import { Hints } from '../hints';
import type { Gateway, GatewayOptions } from '../options';
import { Problem, refusals, tooMany } from '../problems';

declare module 'fastify' {
  interface FastifyRequest {
    /** The workflow whose webhook address was asked. */
    hinted: string;
  }
}

/** Of one address. Bolna has only one, tells of each batch a few times, and comes again when it is refused. */
const REQUESTS_PER_MINUTE = 1_200;
/** Bytes. A batch has a few hundred, an execution with its transcript some tens of thousands. */
const MAX_BODY_BYTES = 1_048_576;

/**
 * Bolna's webhooks. They are unsigned, repeated and out of order, so nothing of them is read or believed: whoever knows the address of a
 * campaign can make it look at Bolna, and no more.
 */
export function addWebhooks(app: Gateway, { campaigns, webhooks }: GatewayOptions): void {
  const { workflowOf, sources, pace, requestsPerMinute = REQUESTS_PER_MINUTE } = webhooks;
  const allowed = listOf(sources);
  const hints = new Hints(async (workflowId) => {
    try {
      await campaigns.hint(workflowId);
    } catch (error) {
      if (error instanceof CampaignOverError) return;
      app.log.warn({ workflowId, reason: String(error) }, 'A hint could not be passed on yet');
      throw error;
    }
  }, pace);
  app.addHook('onClose', () => hints.close());

  app.register(async (scope: Gateway) => {
    scope.decorateRequest('hinted', '');
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', { parseAs: 'buffer', bodyLimit: MAX_BODY_BYTES }, async () => undefined);
    scope.post(
      '/webhooks/bolna/:token',
      {
        // Before the body is read: whoever does not know an address must not fill the memory.
        preParsing: async (request) => {
          const { params, ip } = request;
          if (sources.length > 0 && !allowed.check(ip, isIPv6(ip) ? 'ipv6' : 'ipv4')) throw OTHER_SOURCE();
          const workflowId = workflowOf((params as { token: string }).token);
          if (workflowId === undefined) throw NO_WEBHOOK();
          request.hinted = workflowId;
        },
        config: {
          role: 'anybody',
          rateLimit: {
            max: requestsPerMinute,
            timeWindow: 60_000,
            keyGenerator: ({ ip }) => ip,
            errorResponseBuilder: (_, { after }) => tooMany(after),
          },
        },
        schema: {
          summary: 'What Bolna posts to the webhook address of a batch: the campaign looks at it soon',
          description: 'Any body is taken, and none is read. Answered before the campaign is told.',
          security: [],
          params: z.object({ token: z.string().max(400) }),
          response: { 202: z.object({ status: z.literal('taken') }), ...refusals(404, 413) },
        },
      },
      async ({ hinted }, reply) => {
        hints.take(hinted);
        reply.code(202);
        return { status: 'taken' as const };
      },
    );
  });
}

/** @param networks IP addresses, and networks such as `10.0.0.0/8` */
function listOf(networks: readonly string[]): BlockList {
  const list = new BlockList();
  for (const network of networks) {
    const [address = '', bits] = network.split('/');
    const family = isIPv6(address) ? 'ipv6' : 'ipv4';
    if (bits === undefined) list.addAddress(address, family);
    else list.addSubnet(address, Number(bits), family);
  }
  return list;
}

const OTHER_SOURCE = () =>
  new Problem(
    403,
    'other-source',
    'Webhooks are not taken from there',
    'CAMPAIGN_WEBHOOK_SOURCES names the addresses from which they are.',
  );
const NO_WEBHOOK = () =>
  new Problem(404, 'no-webhook', 'There is no such webhook', 'The address is not one that Bolna was given.');
