import { describe, expect, it } from 'vitest';
import { normalizations } from './normalize.ts';

// Each right side is what Python's `re.sub(r'\b(a|an|the)\b', ' ', text)` and `' '.join(text.split())` give.
describe('the article rule of SQuAD', () => {
  it.each([
    ['The cat, an owl and a dog', 'cat owl and dog'],
    ['año', 'año'],
    ['ça va', 'ça va'],
    ['naïve à la carte', 'naïve à la carte'],
    ['the año a', 'año'],
    ['a1 а', 'a1 а'],
  ])('%s', (text, expected) => {
    expect(normalizations.squad(text)).toBe(expected);
  });
});

describe('white space', () => {
  it('is what Python splits at: separators of ASCII, but no byte order mark', () => {
    expect(normalizations.superni('a\u001Cb\u0085c\u00A0d')).toBe('a b c d');
    expect(normalizations.superni('a\uFEFFb')).toBe('a\uFEFFb');
  });
});
