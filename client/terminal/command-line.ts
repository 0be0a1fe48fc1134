import { isS3Address } from '../../storage/s3-address';
import { folder } from '../../worker/environment';
import { programAsCalled } from '../as-called';

/** Settings that say where campaigns are. The others, secrets above all, need not stand in a command. */
const PLACES = [
  ...['CAMPAIGN_HOME', 'CAMPAIGN_DATA', 'CAMPAIGN_TASK_QUEUE'],
  ...['TEMPORAL_ADDRESS', 'TEMPORAL_NAMESPACE', 'TEMPORAL_CONFIG_FILE', 'TEMPORAL_PROFILE'],
];
/** Those that are folders or files, which may be named from where a person stands. */
const PATHS: ReadonlySet<string> = new Set(['CAMPAIGN_HOME', 'CAMPAIGN_DATA', 'TEMPORAL_CONFIG_FILE']);

/**
 * A command of ours as a person can paste it into a shell, in any folder: with the settings that say where the campaign is, which may have
 * been set for one command only.
 * @param env by default this process's
 */
export function commandLine(args: readonly string[], env: NodeJS.ProcessEnv = process.env): string {
  const settings = PLACES.flatMap((name) => {
    const value = env[name]?.trim();
    if (!value) return [];
    return [`${name}=${quoted(PATHS.has(name) && !isS3Address(value) ? folder(value) : value)}`];
  });
  return [...settings, programAsCalled(env), ...args.map(quoted)].join(' ');
}

/** A word for a POSIX shell. */
function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
