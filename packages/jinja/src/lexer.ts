import { JinjaError } from './errors.ts';
import type { Trimming } from './language.ts';
import { readTag, type Token } from './lexer-tag.ts';
import { space, stripText } from './text.ts';

const onlySpace = new RegExp(`^[${space}]+$`);
const leadingSpace = new RegExp(`[${space}]*`, 'y');
const rawBegin = new RegExp(`\\{%([-+]?)[${space}]*raw[${space}]*(-?)%\\}`, 'y');
const rawEnd = new RegExp(`\\{%([-+]?)[${space}]*endraw[${space}]*([-+]?)%\\}`, 'g');
const tagBegin = /\{(?:%|\{|#)/g;
const commentEnd = /([-+]?)#\}/g;

/**
 * Splits a template into tokens: text, and the words and signs inside tags. Line breaks become `\n`; one at the end goes unless it is kept.
 *
 * @throws JinjaError `syntax`
 */
export function tokenize(template: string, trimming: Trimming): Token[] {
  const lines = template.replace(/\r\n?/g, '\n');
  const source = trimming.keepLastBreak ? lines : lines.replace(/\n$/, '');
  const tokens: Token[] = [];
  let position = 0;
  let lineStarts = true;

  const text = (value: string): void => {
    if (value !== '') tokens.push({ type: 'text', value, at: position });
  };
  /** Text before a tag, stripped as the tag's sign and the trimming say. */
  const before = (value: string, sign: string, block: boolean): string => {
    if (sign === '-') return stripText(value, undefined, false, true);
    if (sign === '+' || !trimming.stripBlocks || !block) return value;
    const line = value.lastIndexOf('\n') + 1;
    return (line > 0 || lineStarts) && onlySpace.test(value.slice(line))
      ? value.slice(0, line)
      : value;
  };
  /** Moves past a tag's end and the white space that goes with it. */
  const after = (end: number, sign: string, block: boolean): void => {
    let next = end;
    if (sign === '-') {
      leadingSpace.lastIndex = end;
      next += leadingSpace.exec(source)![0].length;
    } else if (sign !== '+' && block && trimming.trimBlocks && source[end] === '\n') next += 1;
    lineStarts = source[next - 1] === '\n';
    position = next;
  };

  while (position < source.length) {
    tagBegin.lastIndex = position;
    const begin = tagBegin.exec(source);
    if (!begin) {
      text(source.slice(position));
      break;
    }
    const start = begin.index;
    const leading = source.slice(position, start);
    rawBegin.lastIndex = start;
    const raw = rawBegin.exec(source);
    if (raw) {
      text(before(leading, raw[1]!, true));
      after(start + raw[0].length, raw[2]!, false);
      rawEnd.lastIndex = position;
      const end = rawEnd.exec(source);
      if (!end) throw new JinjaError('syntax', 'a raw block has no end');
      text(before(source.slice(position, end.index), end[1]!, true));
      after(end.index + end[0].length, end[2]!, true);
      continue;
    }
    const sign = /[-+]/.test(source[start + 2] ?? '') ? source[start + 2]! : '';
    const kind = begin[0];
    text(before(leading, sign, kind !== '{{'));
    const inside = start + 2 + sign.length;
    if (kind === '{#') {
      commentEnd.lastIndex = inside;
      const end = commentEnd.exec(source);
      if (!end) throw new JinjaError('syntax', 'a comment has no end');
      after(end.index + end[0].length, end[1]!, true);
      continue;
    }
    const block = kind === '{%';
    tokens.push({ type: 'begin', value: kind, at: start });
    const end = readTag(source, inside, block, tokens);
    after(end.at, end.sign, block);
  }
  return tokens;
}
