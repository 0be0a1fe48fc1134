import accepts from '@fastify/accepts';
import multipart from '@fastify/multipart';
import rateLimit from '@fastify/rate-limit';
import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import Fastify from 'fastify';
import {
  jsonSchemaTransform,
  serializerCompiler,
  validatorCompiler,
  type ZodTypeProvider,
} from 'fastify-type-provider-zod';
import { addAuth } from './auth';
import { described } from './description';
import { addLogFacts, loggerOf } from './log';
import type { Gateway, GatewayOptions } from './options';
import { Problem, tooMany } from './problems';
import { invalidRequest, refuse, refuseUnreadable } from './refuse';
import { addCallbacks } from './routes/callbacks';
import { addCampaigns } from './routes/campaigns';
import { addChanges } from './routes/changes';
import { addEvents } from './routes/events';
import { addHealth } from './routes/health';
import { addResults } from './routes/results';
import { addWebhooks } from './routes/webhooks';
import { addTraces } from './traces';

/** Milliseconds in which a request has to be there as a whole: a large file over a slow line takes its time. */
const REQUEST_MS = 3_600_000;

/** The page to try it out. */
const PAGE = '/docs';

/** The HTTP gateway, ready to listen: campaigns for upstream systems that have no Temporal SDK. */
export async function gateway(options: GatewayOptions): Promise<Gateway> {
  const app = Fastify({
    bodyLimit: options.maxBodyBytes,
    requestTimeout: REQUEST_MS,
    // As long as Node lets an address be: what is too long is refused by its route, in words, and not by the router.
    routerOptions: { maxParamLength: 16_384 },
    trustProxy: options.trustedProxies.length > 0 && [...options.trustedProxies],
    logger: loggerOf(options),
    frameworkErrors: refuse,
    schemaErrorFormatter: invalidRequest,
    clientErrorHandler: refuseUnreadable,
  }).withTypeProvider<ZodTypeProvider>() as unknown as Gateway;
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(serializerCompiler);
  app.setErrorHandler(refuse);
  // Of text nothing is read here, and it would be taken for a body of the wrong kind.
  app.removeContentTypeParser('text/plain');
  app.setNotFoundHandler((request) => {
    throw new Problem(
      404,
      'no-route',
      'There is no such address',
      `There is nothing at ${request.method} ${request.url}; /openapi.json says what there is.`,
    );
  });
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'bolna-campaigns',
        version: options.version,
        description: 'Calling campaigns that nothing can make call twice.',
      },
      components: { securitySchemes: { token: { type: 'http', scheme: 'bearer' } } },
      security: [{ token: [] }],
    },
    transform: jsonSchemaTransform,
    transformObject: described,
  });
  await app.register(accepts);
  await app.register(rateLimit, {
    max: options.requestsPerMinute,
    timeWindow: 60_000,
    keyGenerator: ({ holder, ip }) => holder?.name ?? ip,
    errorResponseBuilder: (_, { after }) => tooMany(after),
  });
  await app.register(multipart, {
    limits: { fileSize: options.maxUploadBytes, files: 1, fields: 4, fieldSize: 1_000_000 },
  });
  // A browser that opens the page has no token to send.
  app.addHook('onRoute', (route) => {
    if (route.url === PAGE || route.url.startsWith(`${PAGE}/`)) route.config = { ...route.config, role: 'anybody' };
  });
  await app.register(swaggerUi, { routePrefix: PAGE });
  addAuth(app, options.tokens);
  addLogFacts(app);
  addTraces(app);
  addHealth(app, options);
  addCampaigns(app, options);
  addChanges(app, options);
  addCallbacks(app, options);
  addResults(app, options);
  addEvents(app, options);
  addWebhooks(app, options);
  app.get('/openapi.json', { config: { role: 'anybody' }, schema: { hide: true } }, () => app.swagger());
  return app;
}
