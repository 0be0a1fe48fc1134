import type { CampaignResult } from '../workflows/state';
import { AGENT, type Campaign } from './campaign';

/** A system without a Temporal SDK: of campaigns it knows the gateway's address and a token. */
export class Upstream {
  constructor(
    private readonly gateway: string,
    private readonly token: string,
  ) {}

  /** Uploads the file. @returns whether the campaign was started by this request, and not by one before it */
  async start({ id, csv }: Campaign): Promise<boolean> {
    const body = new FormData();
    body.append('campaign', JSON.stringify({ agentId: AGENT }));
    body.append('contacts', new Blob([csv], { type: 'text/csv' }), `${id}.csv`);
    const answer = await this.ask('/campaigns', { method: 'POST', headers: { 'idempotency-key': id }, body });
    return answer.status === 201;
  }

  /** Follows the campaign's events to their end. */
  async result(id: string): Promise<CampaignResult> {
    const events = (await (await this.ask(`/campaigns/${id}/events`)).text()).trim().split('\n\n');
    const [, last] = /^event: finished\ndata: (.+)$/m.exec(events.at(-1) ?? '') ?? [];
    if (last === undefined) throw new Error(`The events of campaign ${id} do not end with its end: ${events.at(-1)}`);
    return (JSON.parse(last) as { result: CampaignResult }).result;
  }

  /** The rows, as CSV. */
  async results(id: string): Promise<string> {
    return (await this.ask(`/campaigns/${id}/results`, { headers: { accept: 'text/csv' } })).text();
  }

  private async ask(path: string, { headers, ...request }: RequestInit = {}): Promise<Response> {
    const answer = await fetch(`${this.gateway}${path}`, {
      ...request,
      headers: { ...headers, authorization: `Bearer ${this.token}` },
    });
    if (!answer.ok) throw new Error(`The gateway answers ${path} with ${answer.status}: ${await answer.text()}`);
    return answer;
  }
}
