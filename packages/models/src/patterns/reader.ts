import type { PatternNode } from './syntax.ts';

/** Why a pattern cannot be read; {@link compilePattern} turns it into an error that names the pattern. */
export class PatternProblem extends Error {
  readonly accepted: string | undefined;
  constructor(message: string, accepted?: string) {
    super(message);
    this.accepted = accepted;
  }
}

/** Reads a pattern character by character. */
export interface Reader {
  /** Whether the pattern is at its end. */
  done(): boolean;
  /** The next character, which may be `''` at the end. */
  peek(): string;
  /** Takes the next character; a problem at the end. */
  take(): string;
  /** Takes a text where it comes next, and tells whether it did. */
  skip(text: string): boolean;
  /** Takes what an expression with the `y` flag matches here. */
  match(expression: RegExp): RegExpExecArray | undefined;
  /** Where the reader stands, in characters; may be set back. */
  at: number;
}

/** A reader of a pattern's code points. */
export function createReader(source: string): Reader {
  const reader: Reader = {
    at: 0,
    done: () => reader.at >= source.length,
    peek: () => {
      const code = source.codePointAt(reader.at);
      return code === undefined ? '' : String.fromCodePoint(code);
    },
    take() {
      const character = reader.peek();
      if (character === '') throw new PatternProblem('it ends too early');
      reader.at += character.length;
      return character;
    },
    skip(text) {
      if (!source.startsWith(text, reader.at)) return false;
      reader.at += text.length;
      return true;
    },
    match(expression) {
      expression.lastIndex = reader.at;
      const found = expression.exec(source) ?? undefined;
      if (found) reader.at += found[0].length;
      return found;
    },
  };
  return reader;
}

/** Most groups inside each other. */
const deepest = 200;

/** Counts how deep a parser is inside groups. */
export function createDepth(): <T>(inside: () => T) => T {
  let depth = 0;
  return (inside) => {
    if (depth >= deepest)
      throw new PatternProblem(`it has more than ${deepest} groups inside each other`);
    depth++;
    const result = inside();
    depth--;
    return result;
  };
}

/** Parts one after the other; a single one stands for itself. */
export function sequence(parts: readonly PatternNode[]): PatternNode {
  return parts.length === 1 ? parts[0]! : { kind: 'sequence', parts };
}

/** One of several; a single one stands for itself. */
export function choice(options: readonly PatternNode[]): PatternNode {
  return options.length === 1 ? options[0]! : { kind: 'choice', options };
}
