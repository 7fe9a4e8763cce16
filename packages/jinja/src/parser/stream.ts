import { JinjaError } from '../errors.ts';
import type { Token } from '../lexer-tag.ts';
import { checkNesting } from '../limits.ts';

/** Tokens with a place to read from. */
export interface TokenStream {
  /** The token to be read next. */
  readonly current: Token;
  /** The one after it. */
  readonly following: Token;
  /** Reads a token. */
  next(): Token;
  /** Whether the next token is this sign. */
  atSign(...signs: string[]): boolean;
  /** Whether the next token is this word. */
  atName(...names: string[]): boolean;
  /** Reads the sign or word if it is next. */
  skip(value: string): boolean;
  /** Reads the sign or word. @throws JinjaError `syntax` where something else is next */
  expect(value: string): void;
  /** Reads a name. @throws JinjaError `syntax` where something else is next */
  name(): string;
  /** The line of a token, counted from 1. */
  line(token: Token): number;
  /** Throws `syntax` with the line of the next token. */
  fail(message: string): never;
  /** Runs a parser one level deeper. @throws JinjaError `limit` */
  nested<T>(parse: () => T): T;
}

/** Starts reading tokens. */
export function streamOf(tokens: readonly Token[], source: string): TokenStream {
  const end: Token = { type: 'eof', value: '', at: source.length };
  let position = 0;
  let depth = 0;
  let counted = { at: 0, line: 1 };
  const at = (offset: number): Token => tokens[position + offset] ?? end;
  const isWord = (token: Token, value: string): boolean =>
    (token.type === 'name' || token.type === 'sign' || token.type === 'end') &&
    token.value === value;
  const stream: TokenStream = {
    get current() {
      return at(0);
    },
    get following() {
      return at(1);
    },
    next() {
      const token = at(0);
      position += 1;
      return token;
    },
    atSign: (...signs) => at(0).type === 'sign' && signs.includes(at(0).value as string),
    atName: (...names) => at(0).type === 'name' && names.includes(at(0).value as string),
    skip(value) {
      if (!isWord(at(0), value)) return false;
      position += 1;
      return true;
    },
    expect(value) {
      if (!stream.skip(value))
        stream.fail(`expected '${value}', got '${at(0).value || 'the end'}'`);
    },
    name() {
      const token = at(0);
      if (token.type !== 'name')
        return stream.fail(`expected a name, got '${token.value || 'the end'}'`);
      position += 1;
      return token.value;
    },
    line({ at: place }) {
      if (place < counted.at) counted = { at: 0, line: 1 };
      let { line } = counted;
      for (let i = counted.at; i < place; i++) if (source[i] === '\n') line += 1;
      counted = { at: place, line };
      return line;
    },
    fail(message) {
      throw new JinjaError('syntax', message, { line: stream.line(at(0)) });
    },
    nested(parse) {
      depth += 1;
      checkNesting(depth * 4);
      const result = parse();
      depth -= 1;
      return result;
    },
  };
  return stream;
}
