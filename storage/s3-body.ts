import { Readable } from 'node:stream';

/** How often a body is asked for again without a byte having come. */
const MAX_IN_VAIN = 2;

/**
 * The bytes of an object as one stream, also where its connection breaks on the way: a body that is read slowly, as the
 * contacts are while the executions are matched, is closed by servers and by our own time-out for silence.
 * @param first the body of the first answer
 * @param reopen asks for the rest of the same object, from that byte on
 * @param explain what the reader is told of a body that breaks off again and again
 */
export function resumingBody(
  first: Readable,
  reopen: (offset: number) => Promise<Readable>,
  explain: (error: unknown) => unknown,
): Readable {
  let body = heard(first);
  async function* bytes(): AsyncGenerator<Uint8Array> {
    let offset = 0;
    for (let inVain = 0; ; inVain++) {
      try {
        for await (const chunk of body as AsyncIterable<Uint8Array>) {
          offset += chunk.byteLength;
          inVain = 0;
          yield chunk;
        }
        return;
      } catch (error) {
        if (inVain >= MAX_IN_VAIN) throw explain(error);
      }
      body = heard(await reopen(offset));
    }
  }
  const stream = Readable.from(bytes(), { objectMode: false });
  // A body that nobody reads to its end would hold its connection until silence is no longer borne.
  return stream.once('close', () => {
    body.destroy();
  });
}

/** A body that fails while nobody reads it must not bring the process down; whoever reads it is told. */
function heard(body: Readable): Readable {
  return body.on('error', () => undefined);
}
