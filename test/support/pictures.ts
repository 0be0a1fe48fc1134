import * as echarts from 'echarts';

const drawn = new Map<string, string>();

/**
 * Has each kind of chart in the reports of campaigns drawn once, and the same picture taken for all others of its kind. Drawing took a
 * third of the CPU of a short campaign. Everything else of a report is made as always. Pictures are for the suites of the report, which
 * do not call this.
 */
export function drawEachKindOnce(): void {
  if (jest.isMockFunction(echarts.init)) return;
  const { init } = echarts;
  jest.spyOn(echarts, 'init').mockImplementation((dom, theme, options) => {
    const chart = init(dom, theme, options);
    let kind = '';
    const { setOption, renderToSVGString } = chart;
    const draw = (option: echarts.EChartsOption) => {
      setOption.call(chart, option);
      return renderToSVGString.call(chart);
    };
    chart.setOption = (option: echarts.EChartsOption) => {
      kind = JSON.stringify([options, [option.series].flat().map((series) => series?.type)]);
      if (!drawn.has(kind)) drawn.set(kind, draw(option));
    };
    chart.renderToSVGString = () => drawn.get(kind) ?? '';
    return chart;
  });
}
