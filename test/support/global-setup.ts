import { compile, prepare } from './prepare';

/** What every suite needs is made once. */
export default async function setup(): Promise<void> {
  await compile();
  await prepare();
}
