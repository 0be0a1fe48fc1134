import { PassThrough, Readable } from 'node:stream';
import { z } from 'zod';
import { unmarked } from '../../../contacts/byte-order-mark';
import { writeReport } from '../../../report/write';
import { OUTCOMES } from '../../../results/columns';
import { campaignFiles } from '../../../storage/campaign-files';
import { mediaTypeOf } from '../../../storage/recording-files';
import { FileNotFoundError } from '../../../storage/storage';
import { ResultsUnavailableError } from '../../errors';
import type { Gateway, GatewayOptions } from '../options';
import { Problem, refusals } from '../problems';
import { campaignId } from '../schemas';
import { streamed } from '../streamed';

const params = z.object({ id: campaignId });
const rowsQuery = z.strictObject({
  only: z
    .string()
    .transform((text) => text.split(',').map((name) => name.trim()))
    .pipe(z.array(z.enum(OUTCOMES, `must be one or several of ${OUTCOMES.join(', ')}, separated by commas`)))
    .optional()
    .meta({ description: `Only rows that ended so, as in no-answer,busy. There are ${OUTCOMES.join(', ')}.` }),
});
const JSON_LINES = 'application/jsonl';

/** What a campaign has left: its rows, its recordings, and its report. */
export function addResults(app: Gateway, { campaigns, storage }: GatewayOptions): void {
  app.get(
    '/campaigns/:id/results',
    {
      config: { role: 'reader' },
      schema: {
        summary: 'The rows of a campaign that is over, as CSV or as JSON lines, by Accept',
        description:
          '"line" is the line of the contacts file; for contacts sent as JSON rows it is the number of the row, from 1. With "only", the CSV is a contacts file with the columns of the campaign\'s own, to call these people again. Where no row ended so, it is a header without rows, and JSON lines are none.',
        params,
        querystring: rowsQuery,
        response: {
          200: { content: { 'text/csv': { schema: z.string() }, [JSON_LINES]: { schema: z.string() } } },
          ...refusals(404, 406, 409),
        },
      },
    },
    async (request, reply) => {
      const { id } = request.params;
      const type = request.accepts().type(['text/csv', JSON_LINES]);
      if (type === false) {
        throw new Problem(
          406,
          'not-acceptable',
          'There is no such form of the answer',
          `There are text/csv and ${JSON_LINES}.`,
        );
      }
      // The first row says whether there are any: what is wrong is told as a problem, and not in the middle of the answer.
      const { only } = request.query;
      if (type === JSON_LINES) {
        const rows = campaigns.results(id, { ...(only && { only }) });
        const first = await rows.next();
        return reply.type(JSON_LINES).send(streamed(Readable.from(lines(first, rows), { objectMode: false })));
      }
      await refuseWithoutResults(id);
      reply.type('text/csv; charset=utf-8');
      if (only) return reply.send(streamed(await campaigns.nextRound(id, { only })));
      return reply.send(streamed(Readable.from(unmarked(await storage.read(campaignFiles(id).results)))));
    },
  );

  app.get(
    '/campaigns/:id/rejected',
    {
      config: { role: 'reader' },
      schema: {
        summary: 'The rows that a campaign does not call, as CSV: line, column, value and reason',
        description:
          'Of a campaign that is over, also of one that failed because none of its rows can be called. For contacts sent as JSON rows, "line" is the number of the row, from 1. Until then 409: "contacts" of the campaign counts the rows as soon as they are checked. Contacts that are refused with 422 leave no campaign: "faults" of that answer lists their rows.',
        params,
        response: { 200: { content: { 'text/csv': { schema: z.string() } } }, ...refusals(404, 409) },
      },
    },
    async (request, reply) => {
      const { id } = request.params;
      await refuseWithoutResults(id).catch((error: unknown) => {
        throw error instanceof ResultsUnavailableError && error.why === 'not-ended' ? notEnded(id) : error;
      });
      reply.type('text/csv; charset=utf-8');
      return reply.send(streamed(Readable.from(unmarked(await storage.read(campaignFiles(id).rejected)))));
    },
  );

  app.get(
    '/campaigns/:id/report',
    {
      config: { role: 'reader' },
      schema: {
        summary: 'The report of a campaign that is over: one HTML page',
        params,
        response: { 200: { content: { 'text/html': { schema: z.string() } } }, ...refusals(404, 409) },
      },
    },
    async (request, reply) => {
      const { id } = request.params;
      await refuseWithoutResults(id);
      // What callees said is in it: nothing of it may run, load or send anything here, whatever else this address serves.
      reply.header('content-security-policy', REPORT_POLICY).type('text/html; charset=utf-8');
      return reply.send(streamed(await report(id)));
    },
  );

  app.get(
    '/campaigns/:id/recordings/:file',
    {
      config: { role: 'reader' },
      schema: {
        summary: 'The recording of a call, of a campaign that is over and was started with "recordings": true',
        params: params.extend({
          file: z.string().meta({ description: 'As the rows name it, without the folder: 1ae3e573-….mp3' }),
        }),
        response: { 200: { content: { 'audio/*': { schema: z.string() } } }, ...refusals(404, 409) },
      },
    },
    async (request, reply) => {
      const { id, file } = request.params;
      const sound = await campaigns.recording(id, file);
      // Whatever is in it: it is a file to be kept, and never a page of this address.
      reply.header('content-disposition', `attachment; filename="${file}"`).header('x-content-type-options', 'nosniff');
      return reply.type(mediaTypeOf(file) ?? 'application/octet-stream').send(streamed(sound));
    },
  );

  /** @throws ResultsUnavailableError and the like, which are told as problems */
  async function refuseWithoutResults(id: string): Promise<void> {
    const rows = campaigns.results(id);
    await rows.next();
    await rows.return(undefined);
  }

  async function report(id: string): Promise<Readable> {
    try {
      return await storage.read(campaignFiles(id).report);
    } catch (error) {
      if (!(error instanceof FileNotFoundError)) throw error;
      const page = new PassThrough();
      writeReport(storage, id, page).catch((cause: Error) => page.destroy(cause));
      return page;
    }
  }
}

function notEnded(id: string): Problem {
  return new Problem(
    409,
    'results-not-ended',
    'There are no results',
    `Campaign ${id} has not ended: rejected.csv is written at the end, with the results. Until then, "contacts" of GET /campaigns/${id} counts the rows that are rejected; "bolna-campaigns validate FILE" says what is wrong with each.`,
  );
}

const REPORT_POLICY =
  "sandbox allow-scripts; default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data:";

async function* lines<T>(first: IteratorResult<T, void>, rest: AsyncIterable<T>): AsyncGenerator<string> {
  if (first.done) return;
  yield `${JSON.stringify(first.value)}\n`;
  for await (const row of rest) yield `${JSON.stringify(row)}\n`;
}
