import { interruption } from '../client/run/interruption';
import { check } from './check';
import { Missing } from './requirements';

/** `npm run production-check`. Exits 0 when all is well or this machine lacks what it takes, 1 when not, 130 when interrupted. */
async function main(): Promise<number> {
  const { signal, when } = interruption();
  void when.then(() => console.error('Ending…'));
  try {
    await check((text) => console.log(text), signal);
    console.log('passed');
    return 0;
  } catch (error) {
    if (signal.aborted) return 130;
    if (error instanceof Missing) {
      console.log(`skipped: ${error.message}`);
      return 0;
    }
    console.error(error);
    console.error('failed');
    return 1;
  }
}

void main().then((code) => process.exit(code));
