import { type EChartsOption, init } from 'echarts';
import { Html, html } from '../html';

/** What every chart has in common. Colours are the page's, which knows light, dark and paper. */
const COMMON: EChartsOption = { animation: false, silent: true, textStyle: { fontFamily: 'inherit' } };

export interface Size {
  width: number;
  height: number;
}

/** For two columns or a page of paper, and for a phone: letters keep their size, so each width is drawn for itself. */
const WIDTHS = { wide: 500, full: 860, narrow: 330 };

/**
 * A chart as a picture in the page, drawn once for each width of it.
 * @param says what the picture shows, in words, for those who do not see it
 * @param span whether it is as wide as the page
 */
export function figure(
  says: string,
  span: 'half' | 'full',
  draw: (width: number) => [EChartsOption, height: number],
): Html {
  const drawn = (kind: 'wide' | 'narrow', width: number): Html => {
    const [option, height] = draw(width);
    return html`<div class="chart ${kind}">${svg(option, { width, height })}</div>`;
  };
  const wide = span === 'full' ? WIDTHS.full : WIDTHS.wide;
  return html`<div role="img" aria-label="${says}">${drawn('wide', wide)}${drawn('narrow', WIDTHS.narrow)}</div>`;
}

function svg(option: EChartsOption, { width, height }: Size): Html {
  const chart = init(null, null, { renderer: 'svg', ssr: true, width, height });
  try {
    chart.setOption({ ...COMMON, ...option });
    return new Html(plain(chart.renderToSVGString(), width, height));
  } finally {
    chart.dispose();
  }
}

/**
 * The picture without what only a live chart needs, and without styles in it, which the page's policy forbids. Texts in it are ours:
 * numbers, times, names of outcomes.
 */
function plain(markup: string, width: number, height: number): string {
  return markup
    .replace(/<style[\s\S]*?<\/style>/g, '')
    .replace(/ style="([^"]*)"/g, (_, style: string) => attributes(style))
    .replace(/ (?:class|pointer-events|ecmeta_\w+|xmlns:xlink|baseProfile|version)="[^"]*"/g, '')
    .replace(/<rect [^>]*fill="none"[^>]*><\/rect>/g, '')
    .replace(
      /^<svg [^>]*>/,
      `<svg viewBox="0 0 ${width} ${height}" width="${width}" aria-hidden="true" focusable="false">`,
    )
    .replace(/\n+/g, '');
}

/** `font-size:12px;` as ` font-size="12"`, which SVG takes as well. */
function attributes(style: string): string {
  return style
    .split(';')
    .map((rule) => rule.split(':').map((part) => part.trim()))
    .filter(([name, value]) => value !== undefined && (name === 'font-size' || name === 'font-weight'))
    .map(([name, value = '']) => ` ${name}="${value.replace('px', '')}"`)
    .join('');
}
