/** How much of a text repeats itself; each of [0, 1]. */
export interface RepetitionShares {
  /** Lines (paragraphs) that stood before, among all that are not empty. */
  readonly lines: number;
  readonly paragraphs: number;
  /** Characters of those, among the characters of all. */
  readonly lineCharacters: number;
  readonly paragraphCharacters: number;
}

/** Lines end at line breaks, paragraphs at empty lines; white space around them does not count. */
export function repetitionShares(text: string): RepetitionShares {
  const [lines, lineCharacters] = repeated(text.split('\n'));
  const [paragraphs, paragraphCharacters] = repeated(text.split(/\n[^\S\n]*\n/u));
  return { lines, lineCharacters, paragraphs, paragraphCharacters };
}

function repeated(parts: readonly string[]): [count: number, characters: number] {
  const seen = new Set<string>();
  let [count, all, again, characters, againCharacters] = [0, 0, 0, 0, 0];
  for (const part of parts) {
    const own = part.trim();
    if (own === '') continue;
    all = ++count;
    characters += own.length;
    if (seen.has(own)) {
      again += 1;
      againCharacters += own.length;
    }
    seen.add(own);
  }
  return [share(again, all), share(againCharacters, characters)];
}

/** Characters of the words in the n-gram that stands most often, each time counted, among those of all words; 0 where none stands twice. */
export function topShare(words: readonly string[], size: number): number {
  const counts = new Map<string, number>();
  let top = '';
  for (let start = 0; start + size <= words.length; start++) {
    const gram = words.slice(start, start + size).join(' ');
    const count = (counts.get(gram) ?? 0) + 1;
    counts.set(gram, count);
    const best = counts.get(top) ?? 0;
    if (count > best || (count === best && gram.length > top.length)) top = gram;
  }
  const count = counts.get(top) ?? 0;
  if (count < 2) return 0;
  return Math.min(1, share((top.length - (size - 1)) * count, charactersOf(words)));
}

/** Characters of the words that lie in an n-gram which stood before, each word once, among those of all words. */
export function duplicateShare(words: readonly string[], size: number): number {
  const seen = new Set<string>();
  const repeats = new Uint8Array(words.length);
  for (let start = 0; start + size <= words.length; start++) {
    const gram = words.slice(start, start + size).join(' ');
    if (seen.has(gram)) repeats.fill(1, start, start + size);
    seen.add(gram);
  }
  return share(charactersOf(words.filter((_, at) => repeats[at] === 1)), charactersOf(words));
}

function charactersOf(words: readonly string[]): number {
  return words.reduce((sum, { length }) => sum + length, 0);
}

function share(part: number, whole: number): number {
  return whole === 0 ? 0 : part / whole;
}
