/** Thrown for a setting that cannot be used: one line, naming the variable and what it takes. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}
