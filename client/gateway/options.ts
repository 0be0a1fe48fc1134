import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { FastifyBaseLogger, FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import type { CampaignStorage } from '../../storage/storage';
import type { CampaignClient } from '../campaigns';
import type { Tokens } from './tokens';

export interface GatewayOptions {
  campaigns: CampaignClient;
  /** Where uploads are put and results are read. */
  storage: CampaignStorage;
  /** Undefined: nobody is asked for a token, which is for this machine alone. */
  tokens: Tokens | undefined;
  /** Why no campaign would be carried out now, in words; undefined where one would. Rejects where Temporal does not answer. */
  notReady: () => Promise<string | undefined>;
  version: string;
  /** Bytes of a body that is read as a whole. */
  maxBodyBytes: number;
  /** Bytes of a file, which is streamed. */
  maxUploadBytes: number;
  /** Of one token, and of one address without any. */
  requestsPerMinute: number;
  /** Where a line of JSON is written for each request. Default: nowhere. */
  log?: NodeJS.WritableStream;
}

/** A fastify whose routes are described with zod. */
export type Gateway = FastifyInstance<Server, IncomingMessage, ServerResponse, FastifyBaseLogger, ZodTypeProvider>;
