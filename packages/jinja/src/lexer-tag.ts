import { JinjaError, unsupported } from './errors.ts';
import { space } from './text.ts';

/** A piece of a template. `at` is its place in the text, whose line breaks are `\n`. */
export type Token = { readonly at: number } & (
  | {
      readonly type: 'text' | 'begin' | 'end' | 'name' | 'string' | 'sign' | 'eof';
      readonly value: string;
    }
  | { readonly type: 'integer' | 'float'; readonly value: number }
);

const blank = new RegExp(`[${space}]+`, 'y');
const floatShape = /(?<!\.)(?:\d+_)*\d+(?:(?:\.(?:\d+_)*\d+)?e[+-]?(?:\d+_)*\d+|\.(?:\d+_)*\d+)/iy;
const integerShape = /0b(?:_?[01])+|0o(?:_?[0-7])+|0x(?:_?[\da-f])+|[1-9](?:_?\d)*|0(?:_?0)*/iy;
const nameShape = /[\p{L}\p{N}\p{M}_]+/uy;
const stringShape = /'[^'\\]*(?:\\.[^'\\]*)*'|"[^"\\]*(?:\\.[^"\\]*)*"/sy;
const signShape = /\/\/|\*\*|==|!=|>=|<=|[-+/*%~[\](){}><=.:|,;]/y;
const closing: Readonly<Record<string, string>> = { '(': ')', '[': ']', '{': '}' };

const escapeShape = /\\(\n|x[\da-fA-F]{2}|u[\da-fA-F]{4}|U[\da-fA-F]{8}|[0-7]{1,3}|[xuUN]|.)/gsu;
const plainEscapes: Readonly<Record<string, string>> = {
  '\\': '\\',
  "'": "'",
  '"': '"',
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  '\n': '',
};

/** The text of a string literal. An escape that Python does not know stays as it is written. */
function unescape(literal: string): string {
  return literal.replace(escapeShape, (whole, escape: string) => {
    if (Object.hasOwn(plainEscapes, escape)) return plainEscapes[escape]!;
    if (/^[xuU][\da-f]/i.test(escape) && escape[0] !== 'X')
      return codePoint(Number.parseInt(escape.slice(1), 16));
    if (/^[0-7]/.test(escape)) return codePoint(Number.parseInt(escape, 8));
    if (escape === 'N') return unsupported('the escape \\N in a string');
    if (/^[xuU]$/.test(escape))
      throw new JinjaError('syntax', `a string has the truncated escape ${whole}`);
    return /[^\0-\x7f]/.test(escape)
      ? unsupported('a backslash before a letter beyond ASCII')
      : whole;
  });
}

function codePoint(code: number): string {
  if (code > 0x10ffff) throw new JinjaError('syntax', 'a string has an escape beyond U+10FFFF');
  if (code >= 0xd800 && code <= 0xdfff) unsupported('the escape of a surrogate in a string');
  return String.fromCodePoint(code);
}

/**
 * Reads the words and signs of a tag up to its end, which counts only outside brackets.
 *
 * @returns where the text goes on, and the sign before the tag's end
 */
export function readTag(
  source: string,
  start: number,
  block: boolean,
  tokens: Token[],
): { readonly at: number; readonly sign: string } {
  const end = block ? /([-+]?)%\}/y : /(-?)\}\}/y;
  const open: string[] = [];
  let at = start;
  const match = (shape: RegExp): string | undefined => {
    shape.lastIndex = at;
    return shape.exec(source)?.[0];
  };
  while (at < source.length) {
    end.lastIndex = at;
    const last = open.length === 0 ? end.exec(source) : undefined;
    if (last) {
      tokens.push({ type: 'end', value: block ? '%}' : '}}', at });
      return { at: at + last[0].length, sign: last[1]! };
    }
    const skipped = match(blank);
    if (skipped) {
      at += skipped.length;
      continue;
    }
    const real = match(floatShape);
    const whole = real === undefined ? match(integerShape) : undefined;
    const name = real === undefined && whole === undefined ? match(nameShape) : undefined;
    const literal = match(stringShape);
    const sign = match(signShape);
    const read = real ?? whole ?? name ?? literal ?? sign;
    if (read === undefined)
      throw new JinjaError('syntax', `unexpected character ${source[at]} in a tag`);
    if (real !== undefined)
      tokens.push({ type: 'float', value: Number(real.replaceAll('_', '')), at });
    else if (whole !== undefined) tokens.push({ type: 'integer', value: wholeNumber(whole), at });
    else if (name !== undefined) {
      if (/^[\p{N}\p{M}]/u.test(name)) throw new JinjaError('syntax', `${name} is not a name`);
      tokens.push({ type: 'name', value: name, at });
    } else if (literal !== undefined)
      tokens.push({ type: 'string', value: unescape(literal.slice(1, -1)), at });
    else {
      if (closing[sign!]) open.push(closing[sign!]!);
      else if (/[)\]}]/.test(sign!) && open.pop() !== sign)
        throw new JinjaError('syntax', `unexpected '${sign}'`);
      tokens.push({ type: 'sign', value: sign!, at });
    }
    at += read.length;
  }
  throw new JinjaError('syntax', `a tag is not closed by ${block ? '%}' : '}}'}`);
}

function wholeNumber(text: string): number {
  const value = Number(text.replaceAll('_', ''));
  if (!Number.isSafeInteger(value)) unsupported(`the number ${text}`);
  return value;
}
