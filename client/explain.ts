import { ContactsError, SuppressionError } from '../contacts/errors';
import { ReportError } from '../report/errors';
import { JournalError } from '../simulator/errors';
import { errorCode } from '../storage/error-code';
import { StorageUnusableError } from '../storage/storage';
import { ConfigError } from '../worker/config-error';
import { DiskFullError, EmbeddedServerError, ServerStartError } from '../worker/embedded/errors';
import {
  CampaignConflictError,
  CampaignNotFoundError,
  CampaignOverError,
  ChangeRefusedError,
  InvalidInputError,
  NoServerNamedError,
  TemporalUnreachableError,
} from './errors';
import { TokensError } from './gateway/tokens-error';
import { EXIT, type ExitCode, UserError } from './user-error';

export interface Explanation {
  /** For a person. */
  sentence: string;
  exitCode: ExitCode;
}

/** What a person is told of an error that ends a command, and what the command ends with. */
export function explain(error: unknown): Explanation {
  return { sentence: asSentence(error), exitCode: exitCodeFor(error) };
}

const BAD_INPUT = [
  CampaignConflictError,
  CampaignNotFoundError,
  CampaignOverError,
  ChangeRefusedError,
  ConfigError,
  ContactsError,
  EmbeddedServerError,
  InvalidInputError,
  JournalError,
  NoServerNamedError,
  ReportError,
  StorageUnusableError,
  SuppressionError,
  TemporalUnreachableError,
  TokensError,
];
const FAILED = [DiskFullError, ServerStartError];

function exitCodeFor(error: unknown): ExitCode {
  if (error instanceof UserError) return error.exitCode;
  if (FAILED.some((kind) => error instanceof kind)) return EXIT.failed;
  if (BAD_INPUT.some((kind) => error instanceof kind)) return EXIT.badInput;
  if (isInvalidInput(error)) return EXIT.badInput;
  return UNUSABLE.has(errorCode(error) ?? '') ? EXIT.badInput : EXIT.failed;
}

/** An ApplicationFailure of this type, known by its name: a mistyped option must not wait for Temporal's SDK to load. */
function isInvalidInput(error: unknown): boolean {
  return (
    error instanceof Error && error.name === 'ApplicationFailure' && 'type' in error && error.type === 'InvalidInput'
  );
}

/** Codes of a folder that was named wrong. */
const UNUSABLE = new Set(['EACCES', 'EPERM', 'EROFS', 'EEXIST', 'ENOTDIR']);

function asSentence(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  const code = errorCode(error) ?? '';
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    return 'The disk is full: make room where CAMPAIGN_HOME and CAMPAIGN_DATA are, and type the command again; nothing is lost.';
  }
  if (UNUSABLE.has(code)) {
    return `A file cannot be written (${message}): set CAMPAIGN_HOME and CAMPAIGN_DATA to folders you can write to.`;
  }
  return /[.!?…)]$/.test(message) ? message : `${message}.`;
}
