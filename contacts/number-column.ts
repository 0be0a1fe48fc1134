import { original } from './formulas';

/** The column Bolna dials; every other one becomes a variable of the agent's prompt. */
export const NUMBER_COLUMN = 'contact_number';

/** What people call a phone number's column, in several languages, without accents and marks. */
const PHONE = [
  ...['phone', 'phonenumber', 'telephone', 'tel', 'mobile', 'mobilephone', 'cell', 'cellphone', 'msisdn', 'whatsapp'],
  ...['telefon', 'telefonnummer', 'telefonnr', 'rufnummer', 'handy', 'handynummer', 'mobil', 'mobilnummer'],
  ...['mobiltelefon', 'telefono', 'celular', 'movil', 'telefone', 'cellulare', 'telefoon', 'telefoonnummer'],
  ...['mobiel', 'portable', 'mobilenumber', 'cellnumber', 'phoneno', 'mobileno', 'telno', 'contactno', 'contactnumber'],
];
/** What may stand beside it, and leaves it a phone number. */
const BESIDE = [
  ...[
    'number',
    'numbers',
    'no',
    'nr',
    'num',
    'numero',
    'nummer',
    'de',
    'e164',
    'contact',
    'customer',
    'client',
    'lead',
  ],
  ...['home', 'work', 'office', 'business', 'private', 'personal', 'primary', 'main', 'secondary', 'alternate'],
  ...['alternative', 'alt', 'other', 'second', 'first', '1', '2', '3', '4', 'country', 'code', 'with'],
];
const [PHONE_WORDS, BESIDE_WORDS] = [new Set(PHONE), new Set(BESIDE)];
/** A longer one is a sentence. */
const LONGEST_NAME = 60;
/** "Contact No." and the like, where no word says "phone". */
const CONTACT_NUMBER = /^(contact|customer)(no|nr|num|number|numbers)$/;

/** A column's name as it is known by: `contact_number` in its one spelling, others trimmed. */
export function columnName(cell: string): string {
  const name = original(cell.trim()).trim();
  return name.toLowerCase().replace(/[\s-]+/g, '_') === NUMBER_COLUMN ? NUMBER_COLUMN : name;
}

/**
 * The places of the columns that can hold the numbers to call: the one that is asked for; else `contact_number`; else each whose name
 * can mean phone numbers. Which of several is meant must not be guessed.
 *
 * A file for a second round calls the column `contact_number` and has it in front. The flags of the first round hold
 * for it as well: where a column that is asked for is missing, that one is meant.
 *
 * @param names as {@link columnName} gives them
 * @param asked a column's name, which may be in another case
 */
export function numberColumnsAmong(names: readonly string[], asked?: string): number[] {
  const exact = names.indexOf(NUMBER_COLUMN);
  if (asked !== undefined) {
    const found = placesOf(names, columnName(asked));
    return found.length === 0 && exact === 0 ? [exact] : found;
  }
  return exact >= 0 ? [exact] : names.flatMap((name, at) => (meansPhones(name) ? [at] : []));
}

function placesOf(names: readonly string[], asked: string): number[] {
  const exact = names.indexOf(asked);
  if (exact >= 0) return [exact];
  return names.flatMap((name, at) => (name.toLowerCase() === asked.toLowerCase() ? [at] : []));
}

function meansPhones(name: string): boolean {
  if (name.length > LONGEST_NAME) return false;
  const plain = name.normalize('NFKD').replace(/\p{M}/gu, '');
  // Words may be written as one, as in "mobileNumber"; "WhatsApp" is one.
  return [plain, plain.replace(/(\p{Ll})(\p{Lu})/gu, '$1 $2')].some((text) => sayPhones(wordsOf(text)));
}

function wordsOf(text: string): string[] {
  return text
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
    .filter((word) => word !== '');
}

function sayPhones(words: readonly string[]): boolean {
  if (CONTACT_NUMBER.test(words.join(''))) return true;
  return (
    words.some((word) => PHONE_WORDS.has(word)) &&
    words.every((word) => PHONE_WORDS.has(word) || BESIDE_WORDS.has(word))
  );
}
