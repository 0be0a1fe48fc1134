/** What the command ends with. */
export const EXIT = { completed: 0, failed: 1, badInput: 2, notCompleted: 3, interrupted: 130 } as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** Thrown for what a person can mend: one sentence that says what to do, and the exit code. No stack is shown for it. */
export class UserError extends Error {
  override readonly name = 'UserError';
  constructor(
    message: string,
    readonly exitCode: ExitCode = EXIT.badInput,
    options?: { cause?: unknown },
  ) {
    super(message, options);
  }
}
