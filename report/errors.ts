/** Thrown when there is nothing a report could be made of. The message is a sentence that says what to do. */
export class ReportError extends Error {
  override readonly name = 'ReportError';
  /**
   * @param code `no-results`: the campaign is not over, or is not in this storage. `unreadable`: what it has left is damaged
   */
  constructor(
    readonly code: 'no-results' | 'unreadable',
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}
