/** One row of the page's data, see report/page/table.js. */
export interface PageRow {
  line: number;
  number: string;
  outcome: string;
  reason: string;
  executionId: string | 0;
  recording: string | 0;
  extracted: string;
  values: string[];
  /** Bolna's word for why the call is over. */
  termination: string;
}

export interface PageData {
  columns: string[];
  rows: PageRow[];
  transcripts: Record<string, [text: string, leftOut: number, summary: string]>;
  leftOut: number[];
}

const DATA = /<script type="application\/json" id="data">(.*?)<\/script>/s;

/** What the page's script is given. */
export function dataOf(page: string): PageData {
  const [, json = ''] = DATA.exec(page) ?? [];
  const { rows, ...data } = JSON.parse(json);
  const named = rows.map((row: unknown[]) => {
    const [line, number, outcome, reason, executionId, , , , recording, extracted, values, termination] = row;
    return { line, number, outcome, reason, executionId, recording, extracted, values, termination };
  });
  return { ...data, rows: named };
}

/** Names of all tags and comments of the page, in their order, as any reader of HTML finds them; without the script's data. */
export function tagsOf(page: string): string[] {
  return [...page.replace(DATA, '').matchAll(/<(\/?[a-z][\w-]*|!-*)/gi)].map(([, name = '']) => name);
}

/** What a reader sees of the page without its script, as text with single spaces. */
export function textOf(page: string): string {
  const body = page.replace(DATA, '').replace(/<(script|style|svg)[\s\S]*?<\/\1>/g, '');
  const entities: Record<string, string> = { '&lt;': '<', '&gt;': '>', '&amp;': '&', '&quot;': '"', '&#39;': "'" };
  return body
    .replace(/<[^>]*>/g, ' ')
    .replace(/&(lt|gt|amp|quot|#39);/g, (entity) => entities[entity] ?? '')
    .replace(/\s+/g, ' ');
}
