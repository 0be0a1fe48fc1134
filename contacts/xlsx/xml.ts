import { setImmediate } from 'node:timers/promises';
import { type QualifiedTag, parser as saxParser, type Tag } from 'sax';

/** What is done with the parts of an XML file. Names come without their prefix. */
export interface Handlers {
  open?(name: string, attributes: Record<string, string>): void;
  text?(text: string): void;
  close?(name: string): void;
}

/** Deeper than any part of a workbook, and with more attributes. */
const [MOST_DEPTH, MOST_ATTRIBUTES] = [64, 256];
/** In UTF-16 units. What a sheet's few bytes stand for can be thousands of times as long. */
const PIECE = 4 * 1024;

/**
 * Reads an XML file as it streams by, in pieces, and text in pieces too. Lets the process do other things between two of them.
 *
 * @throws Error where it is no XML, or nothing like a part of a workbook
 */
export async function* readXml(file: AsyncIterable<Buffer>, handlers: Handlers): AsyncGenerator<void> {
  // It knows its position, by which it notices a tag that never ends.
  const parser = saxParser(true, { position: true });
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let [depth, attributes] = [0, 0];
  parser.onerror = (error) => {
    throw error;
  };
  parser.onattribute = () => {
    attributes += 1;
    if (attributes > MOST_ATTRIBUTES) throw new Error('too many attributes');
  };
  parser.onopentag = (tag: Tag | QualifiedTag) => {
    attributes = 0;
    depth += 1;
    if (depth > MOST_DEPTH) throw new Error('too deep');
    handlers.open?.(localName(tag.name), tag.attributes as Record<string, string>);
  };
  parser.ontext = (text) => handlers.text?.(text);
  parser.oncdata = (text) => handlers.text?.(text);
  parser.onclosetag = (name) => {
    depth -= 1;
    handlers.close?.(localName(name));
  };
  for await (const chunk of file) {
    const xml = decoder.decode(chunk, { stream: true });
    for (let at = 0; at < xml.length; at += PIECE) {
      parser.write(xml.slice(at, at + PIECE));
      yield;
      await setImmediate();
    }
  }
  parser.write(decoder.decode());
  parser.close();
}

/** Reads an XML file to its end. @throws as {@link readXml} */
export async function readWhole(file: AsyncIterable<Buffer>, handlers: Handlers): Promise<void> {
  for await (const _ of readXml(file, handlers));
}

function localName(name: string): string {
  const at = name.indexOf(':');
  return at < 0 ? name : name.slice(at + 1);
}

/** An attribute by its name without a prefix. */
export function attribute(attributes: Record<string, string>, name: string): string | undefined {
  const key = Object.keys(attributes).find((full) => localName(full) === name);
  return key === undefined ? undefined : attributes[key];
}
