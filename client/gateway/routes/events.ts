import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { z } from 'zod';
import { newsOf } from '../../campaign/watch';
import type { Gateway, GatewayOptions } from '../options';
import { refusals } from '../problems';
import { campaignId } from '../schemas';
import { streamed } from '../streamed';

/** Milliseconds between two comments that keep proxies from closing a quiet connection. */
const KEEP_ALIVE_MS = 15_000;

/** A campaign's progress as server-sent events, until it has ended. */
export function addEvents(app: Gateway, { campaigns }: GatewayOptions): void {
  app.get(
    '/campaigns/:id/events',
    {
      config: { role: 'reader' },
      schema: {
        summary: 'Progress as server-sent events: "progress" at each change, "finished" at the end',
        description: 'Resumable: with Last-Event-ID, what was seen last is not told again.',
        params: z.object({ id: campaignId }),
        headers: z.looseObject({ 'last-event-id': z.string().max(64).optional() }),
        response: {
          200: { content: { 'text/event-stream': { schema: z.string() } } },
          ...refusals(404),
        },
      },
    },
    async (request, reply) => {
      const gone = new AbortController();
      request.raw.once('close', () => gone.abort());
      const { id } = request.params;
      // One look first: a campaign that there is not is a problem, and no stream.
      await campaigns.get(id);
      const events = Readable.from(told(id, request.headers['last-event-id'], gone.signal), { objectMode: false });
      const beat = setInterval(() => events.push(':\n\n'), KEEP_ALIVE_MS);
      events.once('close', () => clearInterval(beat));
      return reply
        .header('cache-control', 'no-store')
        .header('x-accel-buffering', 'no')
        .type('text/event-stream')
        .send(streamed(events));
    },
  );

  async function* told(id: string, last: string | undefined, signal: AbortSignal): AsyncGenerator<string> {
    for await (const progress of campaigns.progress(id, { signal })) {
      const event = progress.result === undefined ? 'progress' : 'finished';
      // The same news has the same ID, whichever gateway tells it.
      const eventId = createHash('sha256').update(newsOf(progress)).digest('hex').slice(0, 32);
      if (eventId !== last) yield `id: ${eventId}\nevent: ${event}\ndata: ${JSON.stringify(progress)}\n\n`;
    }
  }
}
