import { isBlank } from '../../contacts/blank';

test.each(
  [
    [
      '',
      ' ',
      '\t',
      '-',
      '--',
      '—',
      '–',
      '...',
      '?',
      '_',
      'N/A',
      'n/a',
      'NA',
      '#N/A',
      '#n/a',
      '#REF!',
      '#VALUE!',
      '#NAME?',
      '#DIV/0!',
    ],
    [
      '#NULL!',
      '#NUM!',
      '#SPILL!',
      '#CALC!',
      '#GETTING_DATA',
      '########',
      'null',
      'NULL',
      'undefined',
      'NaN',
      'nan',
      'nil',
      'None',
    ],
    ['(blank)', '(empty)', ' N/A '],
  ].flat(),
)('%j has no value', (cell) => {
  expect(isBlank(cell)).toBe(true);
});

test.each(['Asha', 'Null', 'Nan', 'Na', 'Nil', 'none', '0', 'no', 'x', '#1', 'A/N', 'N/A today', '-5', 'O’Neil'])(
  '%j has one',
  (cell) => {
    expect(isBlank(cell)).toBe(false);
  },
);
