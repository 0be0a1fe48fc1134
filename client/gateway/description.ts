import { jsonSchemaTransformObject } from 'fastify-type-provider-zod';

type Document = ReturnType<typeof jsonSchemaTransformObject>;

const schema = (name: string) => ({ $ref: `#/components/schemas/${name}` });
const halt = { required: false, content: { 'application/json': { schema: schema('HaltRequestInput') } } };
/** What the schema of a route cannot say: that a start has two forms, and that a halt needs no body. */
const BODIES = {
  '/campaigns': {
    required: true,
    content: {
      'application/json': { schema: schema('NewCampaignInput') },
      'multipart/form-data': {
        schema: {
          type: 'object',
          required: ['campaign', 'contacts'],
          properties: {
            campaign: schema('CampaignWishesInput'),
            contacts: { type: 'string', format: 'binary', description: 'The CSV. It comes after the part "campaign".' },
          },
        },
        encoding: { campaign: { contentType: 'application/json' } },
      },
    },
  },
  '/campaigns/{id}/stop': halt,
  '/campaigns/{id}/cancel': halt,
} as const;

/** What workers send, and no route answers. */
const webhooks = {
  campaign: {
    post: {
      summary: "Told to a campaign's callbackUrl, signed as Standard Webhooks describes",
      requestBody: { required: true, content: { 'application/json': { schema: schema('Callback') } } },
      responses: {
        '2XX': { description: 'Taken.' },
        '410': { description: 'No more of this campaign.' },
        default: { description: 'Tried again, for three days.' },
      },
    },
  },
} as const;

/** The OpenAPI document, with what the schemas of the routes are, and the bodies as they are. */
export function described(document: Parameters<typeof jsonSchemaTransformObject>[0]): Document {
  const made = jsonSchemaTransformObject(document);
  for (const [path, requestBody] of Object.entries(BODIES)) {
    const { post } = (made as { paths?: Record<string, { post?: object }> }).paths?.[path] ?? {};
    if (post) Object.assign(post, { requestBody });
  }
  return Object.assign(made, { webhooks });
}
