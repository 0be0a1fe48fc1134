import { check } from './check';
import { Missing } from './requirements';

/** The same Ctrl-C can arrive twice, from the terminal and from npm; milliseconds. */
const SAME_SIGNAL_MS = 1_000;

/** Aborted at the first signal to end; a second one ends the process at once. */
function interruption(): AbortSignal {
  const interrupted = new AbortController();
  let firstAt = 0;
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      if (interrupted.signal.aborted) {
        if (Date.now() - firstAt > SAME_SIGNAL_MS) process.exit(130);
        return;
      }
      firstAt = Date.now();
      console.error('Ending…');
      interrupted.abort();
    });
  }
  return interrupted.signal;
}

/** `npm run production-check`. Exits 0 when all is well or this machine lacks what it takes, 1 when not, 130 when interrupted. */
async function main(): Promise<number> {
  const signal = interruption();
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
