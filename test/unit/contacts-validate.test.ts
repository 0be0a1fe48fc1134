import { Readable, Writable } from 'node:stream';
import { validateContacts } from '../../contacts/validate';

class Sheet extends Writable {
  text = '';
  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.text += chunk.toString();
    done();
  }
}

async function validate(text: string | Buffer) {
  const contacts = new Sheet();
  const rejected = new Sheet();
  const outcome = await validateContacts(Readable.from([Buffer.from(text)]), { contacts, rejected }).then(
    (summary) => ({ summary, error: undefined }),
    (error: Error) => ({ summary: undefined, error }),
  );
  return { ...outcome, contacts, rejected };
}

test('splits a file into what is called and what is not', async () => {
  const { summary, contacts, rejected } = await validate(
    'name, Contact Number ,city\r\nAsha,+91 98765-43210,"Pune,\r\nWest"\r\n\r\nBen,9876543210,\r\nCy,+919876543210,x\r\nDi,+1 (202) 555.0123,"a ""b"""\r\n',
  );
  expect(contacts.text).toBe(
    'contact_number,name,city\n+919876543210,Asha,"Pune,\r\nWest"\n+12025550123,Di,"a ""b"""\n',
  );
  expect(rejected.text).toBe(
    'line,column,value,reason\n5,contact_number,9876543210,has no + and country code; write it as +91… with the country code of the number\n6,contact_number,+919876543210,duplicate of line 2\n',
  );
  expect(summary).toMatchObject({
    total: 4,
    valid: 2,
    rejected: 1,
    duplicates: 1,
    columns: ['name', 'contact_number', 'city'],
  });
});
