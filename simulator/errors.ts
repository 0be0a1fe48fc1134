/** Thrown when a journal cannot be gone on with; the message says what to do. */
export class JournalError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'JournalError';
  }
}
