/**
 * Places of a text in Unicode characters, as the library `tokenizers` counts them, one after the other.
 *
 * @param places in UTF-16 code units
 */
export function inCharacters(
  text: string,
  places: readonly (readonly [start: number, end: number])[],
): number[] {
  const counts = new Int32Array(text.length + 1);
  let units = 0;
  let count = 0;
  for (const character of text) {
    counts.fill(count, units, units + character.length);
    units += character.length;
    count++;
  }
  counts[units] = count;
  return places.flatMap(([start, end]) => [counts[start]!, counts[end]!]);
}
