import type { IncomingMessage } from 'node:http';
import { Busboy } from '@fastify/busboy';

export interface Upload {
  name: string;
  text: string;
  bytes: number;
}

export interface Form {
  /** Repeated fields keep their order. */
  fields: Record<string, string[]>;
  /** The part called `file`, if it came with a file name. */
  file?: Upload;
}

/** Thrown when the body ended before the form did: whoever sent it is gone, and nothing may come of it. */
export class BrokenBody extends Error {}

/** Reads the whole body. One that is no multipart form has no fields, so the check for required ones refuses it. */
export async function readForm(request: IncomingMessage): Promise<Form> {
  const type = request.headers['content-type'] ?? '';
  if (!/^multipart\/form-data\s*;.*boundary=/i.test(type)) {
    await drain(request);
    return { fields: {} };
  }
  return new Promise((resolve, reject) => {
    const form: Form = { fields: {} };
    const broken = () => reject(new BrokenBody('the body ended early'));
    const busboy = new Busboy({ headers: { ...request.headers, 'content-type': type } });
    busboy.on('field', (name, value) => {
      form.fields[name] = [...(form.fields[name] ?? []), value];
    });
    busboy.on('file', (name, stream, filename) => {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('error', broken);
      stream.on('end', () => {
        const content = Buffer.concat(chunks);
        if (name === 'file') form.file = { name: filename, text: content.toString('utf8'), bytes: content.length };
      });
    });
    busboy.on('finish', () => resolve(form));
    busboy.on('error', broken);
    request.on('aborted', broken);
    request.on('error', broken);
    request.pipe(busboy);
  });
}

async function drain(request: IncomingMessage): Promise<void> {
  try {
    for await (const _ of request);
  } catch {
    throw new BrokenBody('the body ended early');
  }
}
