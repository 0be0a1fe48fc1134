// biome-ignore-all lint/performance/noBarrelFile: what the package exports to upstream systems, and nothing else

export type { RowResult } from '../results/columns';
export { type ResultRow, ResultsDamagedError } from '../results/rows';
export type { CampaignStorage } from '../storage/storage';
export { ATTRIBUTES as CAMPAIGN_ATTRIBUTES } from '../workflows/attributes';
export type { CallbackEvent } from '../workflows/callback-events';
export type { CampaignInput } from '../workflows/input';
export type {
  HaltRequest,
  MaxCostAnswer,
  RescheduleAnswer,
  RescheduleRequest,
} from '../workflows/messages';
export type {
  Attention,
  AttentionKind,
  CampaignEnd,
  CampaignProgress,
  CampaignResult,
  CampaignStage,
} from '../workflows/state';
export type { CallbackStatus, ResentCallbacks } from './campaign/callbacks';
export type { TemporalOptions } from './campaign/connect';
export type { ListedCampaign, ListOptions } from './campaign/list';
export type { ListedState } from './campaign/listed-states';
export type { RowChoice } from './campaign/results';
export type { Standing } from './campaign/standing';
export type { Started, StartOptions } from './campaign/start';
export type { Suppressed, SuppressOptions, ToldNumber } from './campaign/suppress';
export type { ChangeOptions } from './campaign/update';
export type { ProgressOptions } from './campaign/watch';
export { CampaignClient, type CampaignClientOptions, type CampaignStanding } from './campaigns';
export {
  CampaignConflictError,
  CampaignEndedError,
  CampaignNotFoundError,
  CampaignOverError,
  ChangeRefusedError,
  ChangeUnansweredError,
  type ContactsFault,
  ContactsRefusedError,
  InvalidInputError,
  type NoResults,
  NoServerNamedError,
  NoWorkerError,
  type RefusedFor,
  ResultsUnavailableError,
  TemporalUnreachableError,
} from './errors';
export type { LiveProgress } from './live-progress';
export { preflight } from './preflight/library';
export type { Preflight, PreflightInput, PreflightOptions } from './preflight/types';
