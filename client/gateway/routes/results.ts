import { PassThrough, Readable } from 'node:stream';
import { z } from 'zod';
import { writeReport } from '../../../report/write';
import { campaignFiles } from '../../../storage/campaign-files';
import { mediaTypeOf } from '../../../storage/recording-files';
import { FileNotFoundError } from '../../../storage/storage';
import type { Gateway, GatewayOptions } from '../options';
import { Problem, refusals } from '../problems';
import { campaignId } from '../schemas';
import { streamed } from '../streamed';

const params = z.object({ id: campaignId });
const JSON_LINES = 'application/jsonl';

/** What a campaign has left: its rows, and its report. */
export function addResults(app: Gateway, { campaigns, storage }: GatewayOptions): void {
  app.get(
    '/campaigns/:id/results',
    {
      config: { role: 'reader' },
      schema: {
        summary: 'The rows of a campaign that is over, as CSV or as JSON lines, by Accept',
        params,
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
      const rows = campaigns.results(id);
      const first = await rows.next();
      if (type === JSON_LINES)
        return reply.type(JSON_LINES).send(streamed(Readable.from(lines(first, rows), { objectMode: false })));
      await rows.return(undefined);
      return reply.type('text/csv; charset=utf-8').send(streamed(await storage.read(campaignFiles(id).results)));
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
      const rows = campaigns.results(id);
      await rows.next();
      await rows.return(undefined);
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

const REPORT_POLICY =
  "sandbox allow-scripts; default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data:";

async function* lines<T>(first: IteratorResult<T, void>, rest: AsyncIterable<T>): AsyncGenerator<string> {
  if (first.done) return;
  yield `${JSON.stringify(first.value)}\n`;
  for await (const row of rest) yield `${JSON.stringify(row)}\n`;
}
