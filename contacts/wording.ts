/** Who reads a sentence, and so by which names they know what they can ask for. */
export type Reader = 'command-line' | 'http' | 'library' | 'anyone';

/** Where a row stands. */
export interface Place {
  /** First line of the row, from 1, as an editor numbers them. */
  line: number;
  /** Of contacts that came as JSON rows: which of them, from 1. */
  row?: number;
}

/** A place as it is told to whoever gave the contacts: the row of JSON rows, else the line. */
export function toldPlace({ line, row }: Place): Partial<Place> {
  return row === undefined ? { line } : { row };
}

/** What a campaign can ask for, and the flag of the command line for it. */
const FLAGS = {
  numberColumn: '--number-column',
  sheet: '--sheet',
  ignoreUnreadableSuppressions: '--ignore-unreadable-suppressions',
  requireVariables: '--require-variables',
} as const;

/** How sentences speak of contacts: as the person knows them who gave them. */
export class Wording {
  /**
   * @param areRows whether the contacts came as JSON rows: their caller has seen no file, no header and no line
   * @param reader Default: whoever looks at the campaign, in any way
   */
  constructor(
    readonly areRows = false,
    readonly reader: Reader = 'anyone',
  ) {}

  get unit(): 'line' | 'row' {
    return this.areRows ? 'row' : 'line';
  }

  get contacts(): 'the file' | 'the contacts' {
    return this.areRows ? 'the contacts' : 'the file';
  }

  /** Begins a sentence: "The file has", "The contacts have". */
  they(verb: string, plural: string): string {
    return this.areRows ? `The contacts ${plural}` : `The file ${verb}`;
  }

  /** "line 3", "row 2" */
  at({ line, row = line }: Place): string {
    return `${this.unit} ${this.areRows ? row : line}`;
  }

  /** What a campaign can ask for, by the name that the reader gives it. */
  option(name: keyof typeof FLAGS): string {
    if (this.reader === 'anyone') return `${name} (on the command line, ${FLAGS[name]})`;
    return this.reader === 'command-line' ? FLAGS[name] : name;
  }

  /** What makes a contacts file of those rows of a campaign that ended in one of these ways. */
  again(outcomes: readonly string[]): string {
    const all = outcomes.join(',');
    const typed = `bolna-campaigns results ID --only ${all} -o FILE`;
    const sent = `GET /campaigns/ID/results?only=${all}`;
    switch (this.reader) {
      case 'command-line':
        return typed;
      case 'http':
        return sent;
      case 'library':
        return `nextRound(ID, { only: [${outcomes.map((outcome) => `'${outcome}'`).join(', ')}] })`;
      default:
        return `${typed} (over HTTP, ${sent})`;
    }
  }
}

/** Of a file, for whoever looks at the campaign. */
export const OF_A_FILE = new Wording();

/** Of a file that is named on the command line. */
export const TYPED = new Wording(false, 'command-line');
