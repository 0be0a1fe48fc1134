import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { gateway } from '../../client/gateway/app';
import type { Role } from '../../client/gateway/holder';
import type { Gateway, GatewayOptions } from '../../client/gateway/options';
import { newToken, Tokens } from '../../client/gateway/tokens';
import type { SimulatorOptions } from '../../simulator/options';
import { LocalStorage } from '../../storage/local';
import { Scene } from './crash';
import { DevServer } from './dev-server';
import { removeFolder, temporaryFolder } from './folders';
import { endAll } from './processes';

const TOKENS = 'tokens.txt';

export interface Ask {
  token?: string | undefined;
  headers?: Record<string, string>;
  body?: object | FormData;
}

export interface Answer {
  status: number;
  type: string;
  text: string;
  headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: what a test expects of it, it says
  json: () => any;
}

/** Bytes that a request may have. */
export const MAX_BODY_BYTES = 100_000;

/** The gateway over HTTP, on a real server with a real worker and the simulator. */
export class GatewayRig {
  /** A token of each role. */
  readonly held: Record<Role, string>;

  private constructor(
    readonly server: DevServer,
    readonly scene: Scene,
    readonly app: Gateway,
    readonly url: string,
    private readonly folder: string,
  ) {
    this.held = { reader: this.give('reader', 'reader'), operator: this.give('operator', 'operator') };
  }

  /** @param world how the simulator differs from the usual one */
  static async start(options: Partial<GatewayOptions> = {}, world: SimulatorOptions = {}): Promise<GatewayRig> {
    const server = await DevServer.start();
    const scene = await Scene.start(server, world);
    // The simulator's storage of recordings is on this machine.
    await scene.startWorker({ env: { CAMPAIGN_ALLOW_PRIVATE_ADDRESSES: '127.0.0.1' } });
    const folder = temporaryFolder('gateway-');
    appendFileSync(join(folder, TOKENS), `${newToken({ name: 'nobody', role: 'reader' }).line}\n`);
    const { app, url } = await listening(scene, join(folder, TOKENS), options);
    return new GatewayRig(server, scene, app, url, folder);
  }

  /** The file of tokens. */
  get tokens(): string {
    return join(this.folder, TOKENS);
  }

  /** Adds a token to the file. @returns it */
  give(name: string, role: Role): string {
    const { token, line } = newToken({ name, role });
    appendFileSync(this.tokens, `${line}\n`);
    return token;
  }

  /** A second gateway to the same campaigns, for the test to close. */
  another(options: Partial<GatewayOptions>): Promise<{ app: Gateway; url: string }> {
    return listening(this.scene, this.tokens, options);
  }

  async ask(method: string, path: string, ask: Ask = {}): Promise<Answer> {
    const { token = this.held.operator, headers = {}, body } = ask;
    const isForm = body instanceof FormData;
    const answer = await fetch(`${this.url}${path}`, {
      method,
      headers: {
        ...(token && { authorization: `Bearer ${token}` }),
        ...(body && !isForm && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body && { body: isForm ? body : JSON.stringify(body) }),
    });
    const text = await answer.text();
    const type = answer.headers.get('content-type') ?? '';
    return { status: answer.status, type, text, headers: answer.headers, json: () => JSON.parse(text) };
  }

  async close(): Promise<void> {
    await this.app.close();
    await this.scene.close();
    await endAll();
    await this.server.stop();
    removeFolder(this.folder);
  }
}

async function listening(
  scene: Scene,
  tokens: string,
  options: Partial<GatewayOptions>,
): Promise<{ app: Gateway; url: string }> {
  const app = await gateway({
    campaigns: scene.campaigns,
    storage: new LocalStorage(scene.path('..')),
    tokens: new Tokens(tokens),
    notReady: async () => undefined,
    version: '0',
    maxBodyBytes: MAX_BODY_BYTES,
    maxUploadBytes: MAX_BODY_BYTES,
    requestsPerMinute: 1_000_000,
    webhooks: { workflowOf: () => undefined, sources: [] },
    trustedProxies: [],
    ...options,
  });
  return { app, url: await app.listen({ host: '127.0.0.1', port: 0 }) };
}
