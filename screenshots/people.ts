/** @param count at most 300: numbers that are reserved for fiction; with a few that are not numbers, and one that comes twice */
export function people(count: number): string {
  const rows = Array.from({ length: count }, (_, i) => {
    const area = ['202', '212', '303'][Math.floor(i / 100)];
    return `+1${area}55501${String(i % 100).padStart(2, '0')},Person ${i + 1}`;
  });
  return ['contact_number,customer_name', ...rows, '9.19877E+11,Rounded', '12345,Short', rows[0], ''].join('\n');
}
