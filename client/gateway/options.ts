import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { FastifyBaseLogger, FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import type { CampaignStorage } from '../../storage/storage';
import type { WebLists } from '../campaign/check-lists';
import type { CampaignClient } from '../campaigns';
import type { CheckAgent } from './agent-check';
import type { HintPace } from './hints';
import type { Tokens } from './tokens';

export interface GatewayOptions {
  campaigns: CampaignClient;
  /** Where uploads are put and results are read. */
  storage: CampaignStorage;
  /** Reads suppression lists at web addresses before a campaign is started. Default: they are left to the worker. */
  webLists?: WebLists | undefined;
  /** Compares the agent of a new campaign with its contacts. Default: nobody does. */
  checkAgent?: CheckAgent;
  /** Undefined: nobody is asked for a token, which is for this machine alone. */
  tokens: Tokens | undefined;
  /** Why no campaign would be carried out now, in words; undefined where one would. Rejects where Temporal does not answer. */
  notReady: () => Promise<string | undefined>;
  version: string;
  /** Bytes of a body that is read as a whole. */
  maxBodyBytes: number;
  /** Bytes of a file, which is streamed. */
  maxUploadBytes: number;
  webhooks: WebhookOptions;
  /** IP addresses and networks of proxies in front: of these, X-Forwarded-For is believed. */
  trustedProxies: readonly string[];
  /** Of one token, and of one address without any. */
  requestsPerMinute: number;
  /** Milliseconds that a campaign has to answer a change that it has taken. Default: 45,000. */
  answerMs?: number;
  /** Where a line of JSON is written for each request. Default: nowhere. */
  log?: NodeJS.WritableStream;
}

export interface WebhookOptions {
  /** The workflow whose webhook address ends so; undefined where none does. */
  workflowOf: (token: string) => string | undefined;
  /** IP addresses and networks from which webhooks are taken. None: from any. */
  sources: readonly string[];
  /** Of one address. Default: 1,200. */
  requestsPerMinute?: number;
  /** Default: 2 s to gather, and a minute between the first two that a campaign is told. */
  pace?: HintPace;
}

/** A fastify whose routes are described with zod. */
export type Gateway = FastifyInstance<Server, IncomingMessage, ServerResponse, FastifyBaseLogger, ZodTypeProvider>;
