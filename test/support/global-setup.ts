import { holdUsualPorts } from './held-ports';
import { compile, prepare } from './prepare';

/** What every suite needs is made once, and held while they run. */
export default async function setup(): Promise<void> {
  await holdUsualPorts();
  await compile();
  await prepare();
}
