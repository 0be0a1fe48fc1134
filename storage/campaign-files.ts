/** The files of one campaign, each below its own folder in the storage. */
export function campaignFiles(campaignId: string) {
  const at = (name: string) => `${campaignId}/${name}`;
  return {
    /** What the caller handed over inline; content-addressed, so that another file under the same ID cannot replace it. */
    input: (hash: string) => at(`input-${hash}.csv`),
    /** The same, taken from a file elsewhere in the storage. */
    inputCopy: at('input.csv'),
    /** What Bolna gets. */
    contacts: at('contacts.csv'),
    /** Rows that are not called, with the reason. */
    rejected: at('rejected.csv'),
    /** Which batch is scheduled: written before the request is sent, and never changed. */
    schedule: at('schedule.json'),
    /** Every execution, one JSON object a line, as Bolna gave it. */
    executions: at('executions.jsonl'),
    /** A stretch of executions while they are being collected. */
    executionsPart: (part: number) => at(`executions.part-${String(part).padStart(6, '0')}.jsonl`),
    /** One line for each row of the input. */
    results: at('results.csv'),
    /** Counts, costs and files. */
    summary: at('summary.json'),
  };
}
