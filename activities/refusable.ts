import { isBolnaError } from '../bolna/errors';

/** Whether Bolna did it. A refusal or a 404 only means: look what it shows. */
export async function refusable(request: () => Promise<void>): Promise<boolean> {
  try {
    await request();
    return true;
  } catch (error) {
    if (isBolnaError(error, 'refused') || isBolnaError(error, 'not-found')) return false;
    throw error;
  }
}
