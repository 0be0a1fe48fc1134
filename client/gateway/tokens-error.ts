/** Thrown for a file of tokens that cannot be used. The message is a sentence that says what to do. */
export class TokensError extends Error {
  override readonly name = 'TokensError';
}
