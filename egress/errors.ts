/** An address that must not be asked. The message names the host, and nothing else of the address: the rest may be a secret. */
export class ForbiddenAddressError extends Error {
  override readonly name = 'ForbiddenAddressError';

  constructor(host: string) {
    super(
      `${host} is, or leads to, an address that is not public: name another one, or let the workers reach it (CAMPAIGN_ALLOW_PRIVATE_ADDRESSES).`,
    );
  }
}

/** An address that cannot be asked as it stands. The message holds nothing of it: any part of it may be a secret. */
export class UnusableAddressError extends Error {
  override readonly name = 'UnusableAddressError';
}

/** What was asked for is longer than what is read at most. */
export class TooLargeError extends Error {
  override readonly name = 'TooLargeError';

  constructor(host: string, atMost: number) {
    super(`What ${host} sends is longer than ${Math.floor(atMost / 2 ** 20)} MB: take a shorter file.`);
  }
}

/** An answer that is none of success. */
export class AnswerError extends Error {
  override readonly name = 'AnswerError';

  constructor(
    host: string,
    readonly status: number,
  ) {
    super(`${host} answered ${status}.`);
  }
}

/** Whether asking an address of the web again is of no use: by what it is, or by what answers there. */
export function isOfNoUse(
  error: unknown,
): error is ForbiddenAddressError | UnusableAddressError | TooLargeError | AnswerError {
  if (error instanceof AnswerError) return error.status < 500 && error.status !== 408 && error.status !== 429;
  return (
    error instanceof ForbiddenAddressError || error instanceof UnusableAddressError || error instanceof TooLargeError
  );
}
