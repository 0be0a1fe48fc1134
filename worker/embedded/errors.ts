/**
 * Thrown when the embedded server cannot be had. Every message is a sentence for a person that says what to do, so that
 * the caller prints it alone, without a stack.
 */
export class EmbeddedServerError extends Error {
  override readonly name: string = 'EmbeddedServerError';
}

/** Thrown when `TEMPORAL_CLI_PATH` names something that cannot be run: what a person asked for is never silently replaced. */
export class CliPathError extends EmbeddedServerError {
  override readonly name = 'CliPathError';

  constructor(readonly path: string) {
    super(
      `TEMPORAL_CLI_PATH is set to ${path}, which is not an executable file; set it to the path of the temporal program, or unset it`,
    );
  }
}

/** Thrown when no program was found and none could be fetched; `reasons` says in a few words why each source failed. */
export class ServerNotFoundError extends EmbeddedServerError {
  override readonly name = 'ServerNotFoundError';

  constructor(
    message: string,
    readonly reasons: readonly string[],
  ) {
    super(message);
  }
}

/** Thrown when another run, or the server it left behind, holds the campaign home. `pid` is absent where it cannot be told. */
export class HomeInUseError extends EmbeddedServerError {
  override readonly name = 'HomeInUseError';

  constructor(
    readonly home: string,
    readonly pid: number | undefined,
    leftBehind: boolean,
  ) {
    const holder = leftBehind ? 'a Temporal server that outlived its run' : 'another run';
    const remedy = leftBehind && pid !== undefined ? `stop it with "kill ${pid}"` : 'wait for it';
    const who = pid === undefined ? holder : `${holder} (process ${pid})`;
    super(`${home} is in use by ${who}; ${remedy}, or set CAMPAIGN_HOME to another folder`);
  }
}

/** Thrown when the campaign home cannot be created, written to or locked. */
export class HomeUnusableError extends EmbeddedServerError {
  override readonly name = 'HomeUnusableError';
}

/** Thrown when too little disk is left to begin, or the server says that there is none. */
export class DiskFullError extends EmbeddedServerError {
  override readonly name = 'DiskFullError';

  constructor(readonly folder: string) {
    super(`The disk that holds ${folder} is full; free some space and run the same command again, nothing is lost`);
  }
}

/** Thrown when a port that was asked for by number belongs to another program. */
export class PortInUseError extends EmbeddedServerError {
  override readonly name = 'PortInUseError';

  constructor(readonly port: number) {
    super(`Port ${port} is in use by another program; stop that program, or choose another port`);
  }
}

/** Thrown when the server ends, or answers nobody, while it starts. `lastLines` is the end of its output, oldest first. */
export class ServerStartError extends EmbeddedServerError {
  override readonly name = 'ServerStartError';

  constructor(
    message: string,
    readonly lastLines: readonly string[],
  ) {
    super(message);
  }
}

/** The system's code (`ENOSPC`, `EACCES`, …) of an unknown error, or undefined. */
export function errorCode(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}

/** The sentence for a failed file operation in the campaign home. */
export function explainHomeFailure(home: string, error: unknown): Error {
  const fix = 'set CAMPAIGN_HOME to a folder you can write to';
  switch (errorCode(error)) {
    case 'ENOSPC':
    case 'EDQUOT':
      return new DiskFullError(home);
    case 'EACCES':
    case 'EPERM':
      return new HomeUnusableError(`No permission to write to ${home}; ${fix}`);
    case 'EROFS':
      return new HomeUnusableError(`${home} is on a read-only disk; ${fix}`);
    case 'EEXIST':
    case 'ENOTDIR':
      return new HomeUnusableError(`${home} is not a folder; ${fix}`);
    case 'ENOLCK':
    case 'ENOTSUP':
    case 'EOPNOTSUPP':
    case 'ENOSYS':
      return new HomeUnusableError(
        `The disk of ${home} cannot lock files; set CAMPAIGN_HOME to a folder on a local disk`,
      );
    default: {
      const reason = error instanceof Error ? error.message : String(error);
      return new HomeUnusableError(`${home} cannot be used (${reason}); ${fix}`, { cause: error });
    }
  }
}
