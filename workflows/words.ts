/** 2026-06-23 07:00 UTC: the one way this project says a time where no reader's time zone is known. */
export function utc(at: number): string {
  return `${new Date(at).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}

/** Batches that are named one by one: more, nobody reads. */
const MOST_NAMED = 10;

/**
 * What works at once where a halt has not reached Bolna, or nobody knows that it has. Every place that shows the campaign says it first.
 * @param known IDs of the batches that may be calling, where they are known
 * @param several whether the campaign has several batches
 */
export function stopInDashboard(known: string | readonly string[] = [], several = false): string {
  const unnamed = several ? "all of the campaign's batches" : 'the batch';
  return `Bolna may still be calling. Stop ${namesOf([known].flat()) ?? unnamed} in Bolna's dashboard.`;
}

/** "batch a", "batches a, b and c", "batches a, b, … and 4 others"; undefined where there is none. */
function namesOf(batchIds: readonly string[]): string | undefined {
  if (batchIds.length < 2) return batchIds.length === 0 ? undefined : `batch ${batchIds[0]}`;
  const others = batchIds.length - MOST_NAMED;
  const last = others > 0 ? count(others, 'other') : batchIds.at(-1);
  return `batches ${batchIds.slice(0, others > 0 ? MOST_NAMED : -1).join(', ')} and ${last}`;
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
