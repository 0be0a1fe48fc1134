import { z } from 'zod';
import type { Gateway, GatewayOptions } from '../options';
import { Problem, refusals } from '../problems';

/** `/healthz`: the process answers. `/readyz`: Temporal answers too. */
export function addHealth(app: Gateway, { ready }: Pick<GatewayOptions, 'ready'>): void {
  const ok = z.object({ status: z.literal('ok') });
  const config = { role: 'anybody' as const };
  app.get('/healthz', { config, schema: { security: [], response: { 200: ok, ...refusals() } } }, () => ({
    status: 'ok' as const,
  }));
  app.get('/readyz', { config, schema: { security: [], response: { 200: ok, ...refusals() } } }, async () => {
    try {
      await ready();
      return { status: 'ok' as const };
    } catch {
      throw new Problem(503, 'not-ready', 'Not ready', 'Temporal does not answer.');
    }
  });
}
