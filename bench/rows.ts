import type { Section } from './figures';
import { campaigns } from './rows/campaign';
import { collect } from './rows/collect';

/** What many rows cost: time beside the plainest way of doing the same, and memory. */
export async function rows(options: { small: boolean }): Promise<Section> {
  const figures = [...(await collect(options)), ...(await campaigns(options))];
  return { name: 'rows', setting: 'medians; in turns with the plain way', figures };
}
