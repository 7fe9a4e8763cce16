import type { Change } from './placed-text.ts';
import { normalizeUnicode } from './unicode-tables.ts';

type Form = 'NFC' | 'NFD' | 'NFKC' | 'NFKD';

const mark = /^\p{M}/u;

/** Whether the canonical order of two marks is the other way round. */
function isOutOfOrder(one: string, other: string): boolean {
  return one !== other && normalizeUnicode(one + other, 'NFD') === other + one;
}

const starters = new Map<string, boolean>();

/** Whether a character's canonical combining class is 0: neither the highest nor the lowest other class changes places with it. */
function isStarter(character: string): boolean {
  if (!mark.test(character)) return true;
  let known = starters.get(character);
  if (known === undefined) {
    known = !isOutOfOrder('\u0345', character) && !isOutOfOrder(character, '\u0334');
    starters.set(character, known);
  }
  return known;
}

/** A text taken apart and put in canonical order; the first part of a character takes its place, others are put in. */
function decompose(text: string, form: 'NFD' | 'NFKD'): Change[] {
  const parts: Change[] = [];
  for (const character of text) {
    let first = true;
    for (const part of normalizeUnicode(character, form)) {
      let at = parts.length;
      if (mark.test(part)) while (at > 0 && isOutOfOrder(parts[at - 1]![0], part)) at--;
      parts.splice(at, 0, [part, first ? 0 : 1]);
      first = false;
    }
  }
  return parts;
}

/** Puts characters together again: what a character takes in is taken away behind it. */
function compose(parts: readonly Change[]): Change[] {
  const composed: Change[] = [];
  let base: Change | undefined;
  let waiting: Change[] = [];
  for (const part of parts) {
    const [character, change] = part;
    const starts = isStarter(character);
    if (!base) {
      if (starts) base = part;
      else composed.push(part);
      continue;
    }
    const last = waiting.at(-1)?.[0];
    const isBlocked = last !== undefined && (starts || !isOutOfOrder(character, last));
    const together = isBlocked ? '' : normalizeUnicode(base[0] + character, 'NFC');
    if (together.length > 0 && Array.from(together).length === 1) {
      base = [together, base[1] + change - 1];
    } else if (starts) {
      composed.push(base, ...waiting);
      base = part;
      waiting = [];
    } else waiting.push(part);
  }
  if (base) composed.push(base, ...waiting);
  return composed;
}

/**
 * A text in a normal form, character by character, with what each of them replaces; as the library `tokenizers` follows
 * them (its copy of unicode-normalization): of characters that become one, the first gives the place.
 *
 * @see Unicode Standard Annex 15, https://unicode.org/reports/tr15/
 */
export function normalFormChanges(text: string, form: Form): Change[] {
  // Letters of ASCII are in every form and join nothing before them.
  if (/^[\0-\x7f]*$/.test(text)) return Array.from(text, (character): Change => [character, 0]);
  const parts = decompose(text, form === 'NFC' || form === 'NFD' ? 'NFD' : 'NFKD');
  return form === 'NFC' || form === 'NFKC' ? compose(parts) : parts;
}
