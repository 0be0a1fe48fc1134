import { z } from 'zod';
import type { Gateway, GatewayOptions } from '../options';
import { Problem, refusals } from '../problems';

/** `/healthz`: the process answers. `/readyz`: Temporal answers too, and a worker listens. */
export function addHealth(app: Gateway, { notReady }: Pick<GatewayOptions, 'notReady'>): void {
  const ok = z.object({ status: z.literal('ok') });
  const config = { role: 'anybody' as const };
  app.get('/healthz', { config, schema: { security: [], response: { 200: ok, ...refusals() } } }, () => ({
    status: 'ok' as const,
  }));
  app.get('/readyz', { config, schema: { security: [], response: { 200: ok, ...refusals() } } }, async () => {
    const why = await notReady().catch(() => 'Temporal does not answer.');
    if (why !== undefined) throw new Problem(503, 'not-ready', 'Not ready', why);
    return { status: 'ok' as const };
  });
}
