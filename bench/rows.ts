import type { Section } from './figures';
import { campaigns } from './rows/campaign';
import { collect } from './rows/collect';
import { validateRows } from './rows/validate';

/** What many rows cost: time beside the plainest way of doing the same, and memory. */
export async function rows(options: { small: boolean }): Promise<Section> {
  const { setting, figures } = await validateRows(options);
  return {
    name: 'rows',
    setting: `validating: ${setting}; all medians, in turns with the plain way`,
    figures: [...figures, ...(await collect(options)), ...(await campaigns(options))],
  };
}
