/** Plain ASCII punctuation, single spaces, no stray control characters. */
export function plain(text: string): string {
  return text
    .replace(/[\u2018\u2019\u0091\u0092]/g, "'")
    .replace(/[\u201c\u201d\u0093\u0094]/g, '"')
    .replace(/[\u2013\u2014\u0096\u0097]/g, ' - ')
    .replace(/\u2026/g, '...')
    .replace(/[\ufffd\p{Cc}\s]+/gu, ' ')
    .trim();
}

/** Splits running text after `.`, `!` or `?` before a capital letter. */
export function sentences(text: string): string[] {
  return text
    .split(/(?<=[.!?]["')]?)\s+(?=["'(]?[A-Z])/)
    .map((sentence) => sentence.trim())
    .filter((sentence) => sentence !== '');
}

/** Joins sentences into passages of at most `limit` characters; a longer sentence stands alone. */
export function* passages(parts: readonly string[], limit: number): Generator<string> {
  let passage = '';
  for (const part of parts) {
    if (passage !== '' && passage.length + part.length + 1 > limit) {
      yield passage;
      passage = '';
    }
    passage = passage === '' ? part : `${passage} ${part}`;
  }
  if (passage !== '') yield passage;
}

/** The text as a sentence: capital first, full stop last. */
export function sentence(text: string): string {
  const capital = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?]["')]?$/.test(capital) ? capital : `${capital}.`;
}

/** `a` or `an` before a word, by its first letter. */
export function withArticle(word: string): string {
  return `${/^[aeiou]/i.test(word) ? 'an' : 'a'} ${word}`;
}
