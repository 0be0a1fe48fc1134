import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { readCompose } from '../../production/compose';
import { alerts, panels, selectorsOf } from '../support/promql';

const { worker, prometheus, grafana } = readCompose('docker-compose.yml');
const yaml = (path: string) => parse(readFileSync(path, 'utf8'));

describe('an alert', () => {
  const operating = readFileSync('docs/operating.md', 'utf8');
  const [, chapter = ''] = operating.split('\n## Alerts\n');
  const runbooks = [...(chapter.split('\n## ')[0] ?? '').matchAll(/^### (\w+)$/gm)].map(([, name]) => name);

  test.each(alerts().map(({ alert, annotations }) => [alert, annotations.runbook]))(
    '%s leads to its runbook',
    (alert, runbook) => {
      expect(runbook).toBe(`docs/operating.md#${alert.toLowerCase()}`);
      expect(runbooks).toContain(alert);
    },
  );

  test('there is none of which a runbook is left', () => {
    expect(runbooks).toEqual(alerts().map(({ alert }) => alert));
  });
});

describe('what Compose starts to watch the workers', () => {
  test('looks at the port at which they tell their metrics', () => {
    const [, port] = worker.environment.CAMPAIGN_METRICS?.split(':') ?? [];
    const { scrape_configs, rule_files } = yaml('observability/prometheus.yml');
    expect(scrape_configs[0].dns_sd_configs).toEqual([
      expect.objectContaining({ names: ['worker'], port: Number(port) }),
    ]);
    expect(rule_files).toEqual(['alerts.yml']);
    expect(prometheus.command).toContain('--config.file=/observability/prometheus.yml');
  });

  test('has its files, and can change none of them', () => {
    for (const { volumes } of [prometheus, grafana]) expect(volumes).toContain('./observability:/observability:ro');
    const { path } = yaml('observability/grafana/provisioning/dashboards/campaigns.yml').providers[0].options;
    expect(grafana.environment.GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH).toBe(`${path}/campaigns.json`);
    expect(() => readFileSync(`.${path}/campaigns.json`)).not.toThrow();
    expect(grafana.environment.GF_PATHS_PROVISIONING).toBe('/observability/grafana/provisioning');
  });

  test('shows panels of the one source there is', () => {
    const { uid, url } = yaml('observability/grafana/provisioning/datasources/prometheus.yml').datasources[0];
    expect(url).toBe('http://prometheus:9090');
    for (const { title, datasource } of panels()) expect({ title, uid: datasource.uid }).toEqual({ title, uid });
  });

  test('lets nobody log in', () => {
    expect(grafana.environment).toMatchObject({ GF_AUTH_DISABLE_LOGIN_FORM: 'true', GF_AUTH_BASIC_ENABLED: 'false' });
  });
});

test('the selectors of a query are found in it', () => {
  const query =
    'histogram_quantile(0.9, sum by (le, a) (rate(x_bucket{b="1",c=~"2|3"}[5m]))) > 900 or y offset 15m / vector(0)';
  expect(selectorsOf(query)).toEqual([
    { metric: 'x_bucket', labels: ['b', 'c'] },
    { metric: 'y', labels: [] },
  ]);
});
