/**
 * The files of one campaign, each below its own folder in the storage.
 * @param part which of several batches a schedule and executions are of; absent where there is only one
 */
export function campaignFiles(campaignId: string, part?: number) {
  const at = (name: string) => `${campaignId}/${name}`;
  const ofBatch = (name: string, type: string) =>
    at(part === undefined ? `${name}.${type}` : `${name}/${digits(part, 4)}.${type}`);
  return {
    /**
     * What the caller handed over inline; content-addressed, so that another file under the same ID cannot replace it.
     * @param sha256 of the file, in hex
     */
    input: (sha256: string) => at(`input-${short(sha256)}.csv`),
    /** The same of contacts that came as JSON rows: by this name they are told from a file. */
    rows: (sha256: string) => at(`rows-${short(sha256)}.csv`),
    /** A suppression list that was given with the campaign; content-addressed like its contacts. */
    doNotCall: (sha256: string) => at(`do-not-call-${short(sha256)}.csv`),
    /** Rows that are not called, with the reason: where people look for them. */
    rejected: at('rejected.csv'),
    /**
     * What one attempt at validating has made: its own copy of an input that stands elsewhere, what Bolna gets, and the rows that
     * are not called. Each attempt has names of its own, so that nothing late can replace what a batch is made of.
     * @param edition names the attempt; absent in campaigns of version 0.2 and earlier
     */
    edition: (edition: string | undefined) => {
      const suffix = edition === undefined ? '' : `-${edition}`;
      return {
        input: at(`input${suffix}.csv`),
        contacts: at(`contacts${suffix}.csv`),
        rejected: at(`rejected${suffix}.csv`),
      };
    },
    /** The numbers that were left out of contacts with this hash: a campaign that has begun goes on without just these. */
    suppressed: (contactsHash: string) => at(`suppressed-${contactsHash}.csv`),
    /** Numbers that someone wants suppressed while the campaign runs, as they were typed; content-addressed like contacts. */
    suppressionOrder: (sha256: string) => at(`suppress-${short(sha256)}.json`),
    /** What was found of them in the campaign, an order a file, from 1 on: no batch that is made later has these numbers. */
    suppressedLater: (order: number) => at(order === 1 ? 'suppressed-later.json' : `suppressed-later.${order}.json`),
    /** How contacts are split into batches: decided once for the same contacts, by whoever comes first, from 1 on. */
    split: (change: number) => at(change === 1 ? 'batches.json' : `batches.${change}.json`),
    /** Which batch is scheduled, written before the request is sent; every change of it is a file of its own, from 1 on. */
    schedule: (change: number) => ofBatch('schedule', change === 1 ? 'json' : `${change}.json`),
    /** Every execution, one JSON object a line, as Bolna gave it. */
    executions: ofBatch('executions', 'jsonl'),
    /** Where the executions of several batches are, a file each. */
    executionsFolder: at('executions'),
    /** A stretch of executions while they are being collected, of the attempt that stored it. */
    executionsStretch: (attempt: string, stretch: number) =>
      ofBatch('executions', `part-${digits(stretch, 6)}-${attempt}.jsonl`),
    /** The recording of a call: see `recordingName`. */
    recording: (name: string) => at(`recordings/${name}`),
    recordingsFolder: at('recordings'),
    /** What became of each recording, one JSON object a line: its file, or why there is none. */
    recorded: ofBatch('recorded', 'jsonl'),
    /** A stretch of that while they are being saved, of the attempt that stored it. */
    recordedStretch: (attempt: string, stretch: number) =>
      ofBatch('recorded', `part-${digits(stretch, 6)}-${attempt}.jsonl`),
    /** One line for each row of the input. */
    results: at('results.csv'),
    /** Counts, costs and files. */
    summary: at('summary.json'),
    /** All of that as one page for people. */
    report: at('report.html'),
  };
}

/** Reads the name of the contacts that an attempt has made: see `edition` above. */
export function editionOf(name: string): { edition: string | undefined } | undefined {
  const match = /^contacts(?:-([0-9a-f]{8}))?\.csv$/.exec(name);
  return match ? { edition: match[1] } : undefined;
}

/** Whether a path is that of contacts that came to this campaign as JSON rows: see `rows` above. */
export function isOfRows(campaignId: string, path: string): boolean {
  return path.startsWith(`${campaignId}/`) && /^rows-[0-9a-f]{16}\.csv$/.test(path.slice(campaignId.length + 1));
}

/** As much of a hash as names a file among the few of a campaign. */
function short(sha256: string): string {
  return sha256.slice(0, 16);
}

function digits(n: number, length: number): string {
  return String(n).padStart(length, '0');
}
