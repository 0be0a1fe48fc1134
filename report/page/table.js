'use strict';

// Runs in the reader's browser, as part of the report: shows, searches and filters the table of calls. Names, reasons and transcripts
// are other people's text. They only ever become text of the page (textContent), never markup.
(() => {
  /**
   * @typedef {[line: number, number: string, outcome: string, reason: string, executionId: string | 0, seconds: number | null,
   *   cost: number | null, retries: number | null, recording: string | 0, extracted: string, values: string[],
   *   termination: string]} Row
   * @typedef {[text: string, leftOut: number, summary: string]} Transcript
   * @typedef {{ columns: string[], rows: Row[], transcripts: Record<string, Transcript>, leftOut: number[] }} Data
   */

  /** So many rows are added at a time: a browser is slow with thousands of them. */
  const STEP = 100;
  /** So many go on paper at most. */
  const MOST_PRINTED = 1000;
  const COLUMNS = 7;

  /** @type {Data} */
  const data = JSON.parse(byId('data').textContent ?? '');
  const leftOut = new Set(data.leftOut);
  const table = byId('rows');
  const more = byId('more');
  const search = /** @type {HTMLInputElement} */ (byId('search'));
  const outcome = /** @type {HTMLSelectElement} */ (byId('outcome'));
  const order = /** @type {HTMLSelectElement} */ (byId('order'));
  /** What each row is searched in; made with the first search. @type {string[]} */
  let texts = [];
  /** Rows that are asked for, by their place in the data. @type {number[]} */
  let found = [];
  let shown = 0;

  /** @param {string} id */
  function byId(id) {
    const element = document.getElementById(id);
    if (!element) throw new Error(`The page has no ${id}.`);
    return element;
  }

  /**
   * @param {string} tag
   * @param {string} [className] a name of the page's own
   * @param {...(string | Node)} children text stays text
   */
  function element(tag, className, ...children) {
    const made = document.createElement(tag);
    if (className) made.className = className;
    made.append(...children);
    return made;
  }

  /** Text in any script, which must not turn the direction of what is around it. @param {string} text */
  function foreign(text) {
    const made = element('bdi', '', text);
    made.dir = 'auto';
    return made;
  }

  /** @param {number} seconds */
  function clock(seconds) {
    const whole = Math.round(seconds);
    return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, '0')}`;
  }

  /** Cents as an amount. @param {number} cents */
  function amount(cents) {
    if (cents > 0 && cents < 0.5) return '<0.01';
    return (cents / 100).toLocaleString('en', { minimumFractionDigits: 2, maximumFractionDigits: 2 });
  }

  /** @param {number} count */
  function rowsText(count) {
    return `${count.toLocaleString('en')} ${count === 1 ? 'row' : 'rows'}`;
  }

  /** @param {string} text */
  function folded(text) {
    return text.normalize('NFKC').toLowerCase();
  }

  // --- which rows ---

  /** @param {Row} row @param {number} at */
  function textOf(row, at) {
    const [text, , summary] = data.transcripts[at] ?? ['', 0, ''];
    return folded(
      [
        row[1],
        row[1].replace(/\D/g, ''),
        row[2],
        row[3],
        row[4] || '',
        row[9],
        ...row[10],
        row[11],
        text,
        summary,
      ].join('\n'),
    );
  }

  function find() {
    const words = folded(search.value).split(/\s+/).filter(Boolean);
    if (words.length > 0 && texts.length === 0) texts = data.rows.map(textOf);
    found = [];
    data.rows.forEach((row, at) => {
      if (outcome.value !== '' && row[2] !== outcome.value) return;
      if (words.every((word) => texts[at]?.includes(word))) found.push(at);
    });
    const column = { seconds: 5, cost: 6, retries: 7 }[order.value];
    if (column !== undefined)
      found.sort((a, b) => Number(data.rows[b]?.[column] ?? 0) - Number(data.rows[a]?.[column] ?? 0));
    for (const body of table.querySelectorAll('tbody')) body.remove();
    shown = 0;
    show(STEP);
  }

  /** Shows so many rows more. @param {number} count */
  function show(count) {
    const next = found.slice(shown, shown + count);
    table.append(...next.map(bodyOf));
    shown += next.length;
    const all = found.length === data.rows.length ? '' : ` found of ${data.rows.length.toLocaleString('en')}`;
    const some = shown < found.length ? `, the first ${shown.toLocaleString('en')} are shown` : '';
    byId('found').textContent = found.length === 0 ? 'No row is like that.' : `${rowsText(found.length)}${all}${some}.`;
    table.hidden = found.length === 0;
    more.hidden = shown >= found.length;
    more.textContent = `Show ${Math.min(STEP, found.length - shown)} more`;
  }

  // --- one row ---

  /** A row, and the one below it that opens. Each pair is a body of its own, so that it stays together. @param {number} at */
  function bodyOf(at) {
    const row = /** @type {Row} */ (data.rows[at]);
    const [line, number, result, reason, , seconds, cost, retries, , , values] = row;
    const button = element('button', 'opens', element('bdi', 'number', number || 'no number'));
    button.setAttribute('type', 'button');
    button.setAttribute('aria-expanded', 'false');
    const name = values.find((value) => value.trim() !== '');
    const contact = element('th', '', button);
    contact.setAttribute('scope', 'row');
    if (name) contact.append(element('span', 'name', foreign(name)));
    const cells = [
      contact,
      element('td', '', element('span', 'outcome', element('i', `dot o-${result}`), result)),
      element('td', 'wide-only reason-cell', foreign(reason)),
      element('td', 'amount', seconds ? clock(seconds) : '–'),
      element('td', 'amount wide-only', cost ? amount(cost) : '–'),
      element('td', 'amount wide-only', retries ? String(retries) : '–'),
      element('td', 'amount wide-only', line.toLocaleString('en')),
    ];
    const body = element('tbody', '', element('tr', '', ...cells));
    button.addEventListener('click', () => toggle(body, button, at));
    return body;
  }

  /** @param {HTMLElement} body @param {HTMLElement} button @param {number} at */
  function toggle(body, button, at) {
    const open = button.getAttribute('aria-expanded') === 'false';
    button.setAttribute('aria-expanded', String(open));
    if (!open) {
      body.lastElementChild?.remove();
      return;
    }
    const cell = element('td', '', detailsOf(at));
    cell.setAttribute('colspan', String(COLUMNS));
    body.append(element('tr', 'details', cell));
  }

  /** @param {number} at */
  function detailsOf(at) {
    const [line, , , reason, executionId, , cost, retries, recording, extracted, values, termination] =
      /** @type {Row} */ (data.rows[at]);
    const transcript = data.transcripts[at];
    const list = element('dl', 'fields');
    /** @param {string} name @param {string | Node} value */
    const field = (name, value) => {
      if (value !== '')
        list.append(
          element(
            'div',
            '',
            element('dt', '', foreign(name)),
            element('dd', '', typeof value === 'string' ? foreign(value) : value),
          ),
        );
    };
    field('Reason', reason);
    field('Termination reason', termination);
    field('Summary', transcript?.[2] ?? '');
    for (const [n, column] of data.columns.entries()) field(column, values[n] ?? '');
    field('Extracted data', extracted);
    field('Cost', cost ? amount(cost) : '');
    field('Retries', retries ? String(retries) : '');
    field('Line of the file', String(line));
    field('Execution', executionId || '');
    if (recording) field('Recording', link(recording));
    return element('div', 'opened', list, transcriptOf(at, transcript));
  }

  /** The page has let in only addresses of the web. @param {string} address */
  function link(address) {
    const made = element('a', '', 'Listen');
    made.setAttribute('href', address);
    made.setAttribute('rel', 'noopener noreferrer nofollow');
    made.setAttribute('target', '_blank');
    return element('span', '', made, ' (the address may have expired)');
  }

  /** @param {number} at @param {Transcript | undefined} transcript */
  function transcriptOf(at, transcript) {
    if (!transcript || transcript[0] === '') {
      const text = leftOut.has(at)
        ? 'The transcript is left out of this page: see Files below.'
        : 'There is no transcript.';
      return element('p', 'none', text);
    }
    const turns = element('div', 'transcript');
    turns.tabIndex = 0;
    turns.setAttribute('role', 'region');
    turns.setAttribute('aria-label', 'Transcript');
    for (const { who, text } of turnsOf(transcript[0])) {
      const said = element(
        'p',
        who === 'Person' ? 'person' : '',
        who ? element('b', '', who) : '',
        element('span', '', text),
      );
      said.dir = 'auto';
      turns.append(said);
    }
    if (transcript[1] > 0) {
      const left = `The last ${transcript[1].toLocaleString('en')} characters are left out of this page: see Files below.`;
      turns.append(element('p', 'none', left));
    }
    return turns;
  }

  /** Bolna writes "assistant: …" and "user: …", a line each; a turn may go on for lines. @param {string} transcript */
  function turnsOf(transcript) {
    /** @type {{ who: string, text: string }[]} */
    const turns = [];
    for (const line of transcript.split('\n')) {
      const [, speaker = '', text = ''] = /^(assistant|user)\s*:\s?(.*)$/s.exec(line) ?? [];
      const last = turns.at(-1);
      if (speaker) turns.push({ who: speaker === 'user' ? 'Person' : 'Agent', text });
      else if (last) last.text += `\n${line}`;
      else turns.push({ who: '', text: line });
    }
    return turns;
  }

  // --- the page ---

  function begin() {
    /** @type {Map<string, number>} */
    const outcomes = new Map();
    for (const row of data.rows) outcomes.set(row[2], (outcomes.get(row[2]) ?? 0) + 1);
    for (const [name, count] of outcomes) {
      const option = element('option', '', `${name} (${count.toLocaleString('en')})`);
      option.setAttribute('value', name);
      outcome.append(option);
    }
    byId('filter').hidden = data.rows.length === 0;
    byId('filter').addEventListener('submit', (event) => event.preventDefault());
    search.addEventListener('input', find);
    outcome.addEventListener('change', find);
    order.addEventListener('change', find);
    more.addEventListener('click', () => show(STEP));
    addEventListener('beforeprint', () => show(Math.max(0, MOST_PRINTED - shown)));
    find();
    byId('unscripted').hidden = true;
    if (data.rows.length === 0) byId('found').textContent = 'There are no rows.';
  }

  begin();
})();
