/** What one check has found out about an assumption. */
export interface Finding {
  /**
   * - `ok`: Bolna does what is assumed of it.
   * - `differs`: it does not.
   * - `unknown`: what it showed decides nothing, or it could not be asked.
   */
  verdict: 'ok' | 'differs' | 'unknown';
  /** One sentence for a person, without the full stop. */
  text: string;
}

export function ok(text: string): Finding {
  return { verdict: 'ok', text };
}

export function differs(text: string): Finding {
  return { verdict: 'differs', text };
}

export function unknown(text: string): Finding {
  return { verdict: 'unknown', text };
}
