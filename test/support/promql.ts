import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';

const FOLDER = 'observability';
const DASHBOARDS = join(FOLDER, 'grafana', 'dashboards');

const ruleSchema = z.strictObject({
  alert: z.string(),
  expr: z.string(),
  for: z.string().optional(),
  labels: z.strictObject({ severity: z.literal('page') }),
  annotations: z.strictObject({ summary: z.string(), runbook: z.string() }),
});
const rulesSchema = z.object({ groups: z.array(z.object({ rules: z.array(ruleSchema) })) });

const dashboardSchema = z.object({
  panels: z.array(
    z.object({
      title: z.string(),
      datasource: z.object({ uid: z.string() }),
      targets: z.array(z.object({ expr: z.string() })).min(1),
    }),
  ),
});

/** The rules of observability/alerts.yml. */
export function alerts(): z.infer<typeof ruleSchema>[] {
  const { groups } = rulesSchema.parse(parse(readFileSync(join(FOLDER, 'alerts.yml'), 'utf8')));
  return groups.flatMap(({ rules }) => rules);
}

/** The panels of all dashboards. */
export function panels(): z.infer<typeof dashboardSchema>['panels'] {
  return readdirSync(DASHBOARDS).flatMap((name) => {
    const text = readFileSync(join(DASHBOARDS, name), 'utf8');
    return dashboardSchema.parse(JSON.parse(text)).panels;
  });
}

/** A metric that a query uses, and the labels it picks by. */
export interface Selector {
  metric: string;
  labels: string[];
}

const WORDS = new Set(['and', 'or', 'unless', 'by', 'without', 'on', 'ignoring', 'offset', 'bool']);

/** What a query of Prometheus reads. */
export function selectorsOf(query: string): Selector[] {
  const plain = query
    .replace(/\b(by|without|on|ignoring)\s*\([^)]*\)/g, ' ')
    .replace(/\[[^\]]*\]|\boffset\s+\w+/g, ' ');
  const names = plain.matchAll(/([a-zA-Z_:][\w:]*)(?:\s*\{([^}]*)\})?(?!\w|\s*\()/g);
  return [...names].flatMap(([, metric = '', matchers = '']) => {
    if (WORDS.has(metric)) return [];
    return [{ metric, labels: [...matchers.matchAll(/(\w+)\s*(?:=~|!~|!=|=)\s*"/g)].map(([, label = '']) => label) }];
  });
}

/** What a worker tells Prometheus: the values of a metric's series, by all of their labels. */
export class Scrape {
  private readonly series: { metric: string; labels: Record<string, string>; value: number }[];

  constructor(readonly text: string) {
    this.series = [...text.matchAll(/^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)$/gm)].map(
      ([, metric = '', inner = '', value]) => {
        const labels = [...inner.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)].map(([, name, content]) => [name, content]);
        return { metric, labels: Object.fromEntries(labels), value: Number(value) };
      },
    );
  }

  static async of(address: string): Promise<Scrape> {
    return new Scrape(await (await fetch(`http://${address}/metrics`)).text());
  }

  /** Whether there is a series of the metric that has all these labels. */
  has({ metric, labels }: Selector): boolean {
    return this.series.some((one) => one.metric === metric && labels.every((label) => label in one.labels));
  }

  /** Values of a metric by one of its labels. */
  by(label: string, metric: string): Record<string, number> {
    const found = this.series.filter((one) => one.metric === metric);
    return Object.fromEntries(found.map(({ labels, value }) => [labels[label] ?? '', value]));
  }

  /** All series of a metric together; undefined where there are none. */
  sum(metric: string): number | undefined {
    const found = this.series.filter((one) => one.metric === metric);
    return found.length === 0 ? undefined : found.reduce((total, { value }) => total + value, 0);
  }
}
