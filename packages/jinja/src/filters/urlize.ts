import { fail } from '../errors.ts';
import { cut, lengthOf, wordsAndSpaces } from '../text.ts';
import type { Run } from '../values.ts';

/** What links of `urlize` look like. */
export interface LinkOptions {
  /** Characters of an address that are shown. */
  readonly shown: number | undefined;
  /** `rel` and `target` as written into the tag. */
  readonly attributes: string;
  readonly schemes: readonly string[];
}

const address = new RegExp(
  [
    '^(?:(?:https?://|www\\.)(?:(?:[\\p{L}\\p{N}_%-]+\\.)+)?(?:[a-z]{2,63}|xn--[\\p{L}\\p{N}_%]{2,59})',
    '|(?:[\\p{L}\\p{N}_%-]{2,63}\\.)+(?:com|net|int|edu|gov|org|info|mil)',
    '|https?://(?:\\p{Nd}{1,3}(?:\\.\\p{Nd}{1,3}){3}|\\[(?:[\\p{Nd}a-f]{0,4}:){2}(?:[\\p{Nd}a-f]{0,4}:?){1,6}\\]))',
    '(?::\\p{Nd}{1,5})?(?:[/?#].*)?$',
  ].join(''),
  'iu',
);
const mail = /^.+@[\p{L}\p{N}_][\p{L}\p{N}_.-]*\.[\p{L}\p{N}_]+$/u;
const scheme = /^[\p{L}\p{N}_.+-]{2,}:\/{0,2}$/u;
const brackets = [
  ['(', ')'],
  ['<', '>'],
  ['&lt;', '&gt;'],
] as const;

/** @throws JinjaError for a text that is no beginning of an address */
export function checkScheme(name: string): string {
  return scheme.test(name) ? name : fail(`'${name}' is not a valid URI scheme prefix.`);
}

/**
 * Escaped text in which addresses are links: what `jinja2.utils.urlize` makes of it.
 *
 * @param text without `<`, `>`, `&` and quotes but as entities
 */
export function urlize(run: Run, text: string, options: LinkOptions): string {
  const linked = wordsAndSpaces(text).map((word) => {
    // Marks around an address are looked for from every character of the word.
    run.meter.spend(1 + word.length ** 2 / 4096);
    const { head, middle, tail } = parts(word);
    return head + link(middle, options) + tail;
  });
  run.meter.text(linked.reduce((sum, word) => sum + word.length, 0));
  return linked.join('');
}

/** A word without the brackets and marks around it; those that close what is open within it stay with it. */
function parts(word: string): { head: string; middle: string; tail: string } {
  const head = /^(?:[(<]|&lt;)+/.exec(word)?.[0] ?? '';
  let middle = word.slice(head.length);
  let tail = /(?:[)>.,\n]|&gt;)+$/.exec(middle)?.[0] ?? '';
  middle = middle.slice(0, middle.length - tail.length);
  for (const [open, close] of brackets) {
    const opened = count(middle, open);
    if (opened <= count(middle, close)) continue;
    const moved = Math.min(opened, count(tail, close));
    for (let i = 0; i < moved; i++) {
      const end = tail.indexOf(close) + close.length;
      middle += tail.slice(0, end);
      tail = tail.slice(end);
    }
  }
  return { head, middle, tail };
}

function count(text: string, part: string): number {
  return text.split(part).length - 1;
}

function link(word: string, { shown, attributes, schemes }: LinkOptions): string {
  if (address.test(word)) {
    const text = shown !== undefined && lengthOf(word) > shown ? `${cut(word, 0, shown)}...` : word;
    const to = /^https?:\/\//.test(word) ? word : `https://${word}`;
    return `<a href="${to}"${attributes}>${text}</a>`;
  }
  if (word.startsWith('mailto:') && mail.test(word.slice(7)))
    return `<a href="${word}">${word.slice(7)}</a>`;
  const isMail =
    !word.startsWith('www.') && !word.startsWith('@') && !word.includes(':') && mail.test(word);
  if (isMail) return `<a href="mailto:${word}">${word}</a>`;
  return schemes.reduce(
    (made, name) =>
      made !== name && made.startsWith(name) ? `<a href="${made}"${attributes}>${made}</a>` : made,
    word,
  );
}
