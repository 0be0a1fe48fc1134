import type { MetricMeter } from '@temporalio/common';
import type { RequestTold } from '../bolna/http';

/** Counts the requests of an account, and measures them, where the SDK's own metrics are. */
export function requestMetrics(meter: MetricMeter, account: string): (told: RequestTold) => void {
  const requests = meter.createCounter(
    'bolna_requests',
    'request',
    'Requests to Bolna; status "none": no answer came.',
  );
  const seconds = meter.createHistogram('bolna_request_seconds', 'float', 's', 'Until the answer begins, or fails.');
  return ({ endpoint, status, seconds: took }) => {
    requests.add(1, { account, endpoint, status: String(status ?? 'none') });
    seconds.record(took, { account, endpoint });
  };
}
