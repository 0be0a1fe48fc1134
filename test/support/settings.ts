import { VARIABLES, type Variable } from '../../worker/environment';

/** A variable of the environment, as the documents tell it. */
export interface Setting {
  name: string;
  group: Group;
  description: string;
  /** As it is written; empty where there is none. */
  fallback: string;
}

const GROUPS = ['Bolna', 'Temporal', 'Files', 'Behaviour', 'Webhooks'] as const;
type Group = (typeof GROUPS)[number];

/** What Temporal's own libraries, the operating system's habits and our program's outermost part read, and not we. */
const READ_ELSEWHERE: readonly Setting[] = [
  {
    name: 'TEMPORAL_NAMESPACE',
    group: 'Temporal',
    description:
      'Namespace on the Temporal server. Whatever else @temporalio/envconfig reads (TEMPORAL_API_KEY, TEMPORAL_TLS_…, TEMPORAL_PROFILE, TEMPORAL_CONFIG_FILE) holds for it too.',
    fallback: 'default',
  },
  {
    name: 'TEMPORAL_CLI_PATH',
    group: 'Temporal',
    description: 'The `temporal` program for a server of our own; without this: from the PATH, else fetched once.',
    fallback: '',
  },
  {
    name: 'XDG_CACHE_HOME',
    group: 'Files',
    description: 'Folder in which fetched programs are kept (below it, in bolna-campaigns/).',
    fallback: '~/.cache',
  },
  {
    name: 'DEBUG',
    group: 'Behaviour',
    description: "Anything here shows stack traces and Temporal's own log.",
    fallback: '',
  },
];

/** All variables, group by group. */
export function settings(): Setting[] {
  const ours = Object.entries<Variable>(VARIABLES).map(
    ([name, { group, description, fallback = '', shown = fallback }]): Setting => ({
      name,
      group,
      description,
      fallback: shown,
    }),
  );
  const all = [...ours, ...READ_ELSEWHERE];
  return GROUPS.flatMap((group) => all.filter((setting) => setting.group === group));
}

/** docs/configuration.md */
export function configurationPage(all: readonly Setting[]): string {
  const tables = GROUPS.map((group) => {
    const rows = all
      .filter((setting) => setting.group === group)
      .map(({ name, description, fallback }) => `| \`${name}\` | ${fallback && `\`${fallback}\``} | ${description} |`);
    return [`## ${group}`, '', '| variable | default | what it is for |', '| --- | --- | --- |', ...rows, ''].join(
      '\n',
    );
  });
  return `${[
    '# Configuration',
    '',
    'Settings come from the environment; an empty variable counts as absent. Durations are written as `500ms`, `30s`, `5m`, `2h` or `7d`.',
    'This page is made from `worker/environment.ts` by `npm run docs`; [`.env.example`](../.env.example) holds the same, ready',
    'to be copied. What one campaign may ask for is in [`campaign-input.schema.json`](campaign-input.schema.json).',
    '',
    ...tables,
  ].join('\n')}`;
}

/** .env.example */
export function environmentExample(all: readonly Setting[]): string {
  const groups = GROUPS.map((group) => {
    const title = `# --- ${group} `;
    const entries = all
      .filter((setting) => setting.group === group)
      .map(({ name, description, fallback }) => `${wrapped(description)}\n# ${name}=${fallback}\n`);
    return `${title}${'-'.repeat(125 - title.length)}\n\n${entries.join('\n')}`;
  });
  const intro =
    'Settings of `bolna-campaigns`, each with its default. Copy this file to .env, take away the # where you want another value, and load it before the command:  set -a; . ./.env; set +a';
  return `${wrapped(intro)}\n# Durations are written as 500ms, 30s, 5m, 2h or 7d.\n\n${groups.join('\n')}`;
}

/** As a comment, in lines of 125 characters. */
function wrapped(text: string): string {
  const lines = [''];
  for (const word of text.split(' ')) {
    const line = lines.at(-1) ?? '';
    if (line.length + word.length > 122) lines.push(word);
    else lines[lines.length - 1] = line === '' && word !== '' ? word : `${line} ${word}`;
  }
  return lines.map((line) => `# ${line}`).join('\n');
}
