/** 2026-06-23 07:00 UTC: the one way this project says a time where no reader's time zone is known. */
export function utc(at: number): string {
  return `${new Date(at).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}

/**
 * What works at once where a halt has not reached Bolna, or nobody knows that it has. Every place that shows the campaign says it first.
 * @param batchId where it is known
 * @param several whether the campaign has several batches
 */
export function stopInDashboard(batchId?: string, several = false): string {
  const one = batchId === undefined ? 'the batch' : `batch ${batchId}`;
  const batch = several ? "all of the campaign's batches" : one;
  return `Bolna may still be calling. Stop ${batch} in Bolna's dashboard.`;
}

/** "1 call", "2 calls". */
export function count(n: number, one: string, many = `${one}s`): string {
  return `${n} ${n === 1 ? one : many}`;
}

/** "3 busy, 1 completed". */
export function list(numbers: Record<string, number>): string {
  return Object.entries(numbers)
    .map(([name, n]) => `${n} ${name}`)
    .join(', ');
}

/** Cents as an amount, without a currency: Bolna names none. */
export function amount(cents: number): string {
  return (cents / 100).toFixed(2);
}
