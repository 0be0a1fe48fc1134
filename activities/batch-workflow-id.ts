/**
 * The workflow of one of a campaign's several batches. No campaign ID has a "/": a batch's workflow can be no campaign's.
 * Here, and pure, because the workflow begins it and a step must be able to find it.
 */
export function batchWorkflowId(campaignId: string, part: number): string {
  return `${campaignId}/${padded(part)}`;
}

/** `0003`: sorts as it counts. */
export function padded(part: number): string {
  return String(part).padStart(4, '0');
}
