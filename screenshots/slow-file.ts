import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A file in the web whose server has sent a part of it and takes its time with the rest. */
export class SlowFile {
  /** Whether somebody reads it. */
  isRead = false;

  private constructor(private readonly server: Server) {}

  static async serve(text: string): Promise<SlowFile> {
    const server = createServer((_, response) => {
      response.writeHead(200, { 'content-type': 'text/csv', 'content-length': Buffer.byteLength(text) });
      response.write(text.slice(0, text.length / 2));
      file.isRead = true;
    });
    const file = new SlowFile(server);
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
    return file;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/recipients.csv`;
  }

  close(): void {
    this.server.close();
    this.server.closeAllConnections();
  }
}
