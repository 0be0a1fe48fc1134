import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { PassThrough, type Writable } from 'node:stream';
import { z } from 'zod';
import { newsOf } from '../../campaign/watch';
import type { Gateway, GatewayOptions } from '../options';
import { refusals } from '../problems';
import { campaignId } from '../schemas';
import { streamed } from '../streamed';

/** Milliseconds between two comments that keep proxies from closing a quiet connection. */
const KEEP_ALIVE_MS = 15_000;

const event = z
  .object({
    id: z.string().meta({ description: 'For Last-Event-ID.' }),
    event: z.enum(['progress', 'finished']),
    data: z.string().meta({ description: 'A Progress, as JSON.' }),
  })
  .meta({ id: 'ProgressEvent' });

/** A campaign's progress as server-sent events, until it has ended. */
export function addEvents(app: Gateway, { campaigns }: GatewayOptions): void {
  const closing = new AbortController();
  // A stream that nobody ends would keep the gateway from ending. Whoever listens comes back, to whichever gateway is there then.
  app.addHook('preClose', async () => closing.abort());

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
          200: { content: { 'text/event-stream': { schema: event } } },
          ...refusals(404),
        },
      },
    },
    async (request, reply) => {
      const { id } = request.params;
      // One look first: a campaign that there is not is a problem, and no stream.
      await campaigns.get(id);
      const events = new PassThrough().on('error', () => undefined);
      const gone = new AbortController();
      reply.raw.once('close', () => gone.abort());
      void tell(id, request.headers['last-event-id'], events, AbortSignal.any([gone.signal, closing.signal]));
      reply.header('cache-control', 'no-store').header('x-accel-buffering', 'no').type('text/event-stream');
      return reply.send(streamed(events));
    },
  );

  /** Writes what is new until the campaign has ended. Whatever breaks off can be resumed: the connection is closed then. */
  async function tell(id: string, last: string | undefined, events: Writable, signal: AbortSignal): Promise<void> {
    const beat = setInterval(() => events.write(':\n\n'), KEEP_ALIVE_MS);
    try {
      for await (const progress of campaigns.progress(id, { signal })) {
        const event = progress.result === undefined ? 'progress' : 'finished';
        // The same news has the same ID, whichever gateway tells it.
        const eventId = createHash('sha256').update(newsOf(progress)).digest('hex').slice(0, 32);
        if (eventId === last) continue;
        const more = events.write(`id: ${eventId}\nevent: ${event}\ndata: ${JSON.stringify(progress)}\n\n`);
        if (!more) await once(events, 'drain', { signal });
      }
      events.end();
    } catch (error) {
      events.destroy(error as Error);
    } finally {
      clearInterval(beat);
    }
  }
}
