import { createHash, createHmac } from 'node:crypto';

/**
 * What an event is known by (`webhook-id`): the same for whoever says the same of a campaign, so that whoever is told twice can tell.
 * @param workflowId of the workflow that tells the campaign's callback
 */
export function messageId(workflowId: string, fact: string): string {
  const digest = createHash('sha256').update(`${workflowId}\n${fact}`).digest('base64url');
  return `msg_${digest.slice(0, 24)}`;
}

/**
 * The headers by which whoever is called back can tell that it is us, as Standard Webhooks describes them
 * (standardwebhooks.com): an HMAC-SHA256 over ID, time and body for each secret, so that a secret can be replaced without a gap.
 * @param id the same for all attempts at one event
 * @param at milliseconds since the epoch: when this attempt is made
 */
export function signed(secrets: readonly Buffer[], id: string, at: number, body: string): Record<string, string> {
  const timestamp = String(Math.floor(at / 1000));
  const signatures = secrets.map((secret) => {
    const digest = createHmac('sha256', secret).update(`${id}.${timestamp}.${body}`).digest('base64');
    return `v1,${digest}`;
  });
  return { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': signatures.join(' ') };
}
