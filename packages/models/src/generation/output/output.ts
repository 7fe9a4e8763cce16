import { modelsError } from '../../errors.ts';
import type { Tokenizer } from '../../tokenizer/tokenizer.ts';
import { createAutomaton } from './automaton.ts';
import { readExpression } from './expression.ts';
import { choice, literal, type Grammar, type Rules } from './grammar.ts';
import { schemaRules, type JsonSchema } from './json-schema/json-schema.ts';
import { compileRules } from './machine.ts';
import { tokenBytes } from './token-bytes.ts';
import { createTokenMasks, takeOthersAway, type TokenMask } from './token-masks.ts';
import { createTokenTrie, type TokenTrie } from './token-trie.ts';

/** What a text must be. */
export type OutputOptions =
  /** One of these texts. */
  | { readonly choices: readonly string[] }
  /** What a regular expression matches as a whole: one of JavaScript with the flag `u`, without looking behind and references. */
  | { readonly regex: string }
  /**
   * JSON that a JSON Schema (2020-12, or draft 7) holds of; `true` for any JSON. Properties come in the order of the schema, and others
   * only where it says what they hold; between tokens there is nothing, a space, or a line break and some spaces.
   */
  | { readonly schema: JsonSchema };

/** Follows a text and keeps it to what it must be. States are numbers, so that texts can part. */
export interface OutputGuide {
  readonly start: number;
  /**
   * Takes away what may not come next: the text can always be ended, within the tokens left as long as they are enough for its
   * bytes one by one.
   *
   * @param scores `[vocabulary]`, changed in place
   * @param left tokens that may still be written, this one included
   */
  restrict(scores: Float32Array, state: number, endIds: ReadonlySet<number>, left: number): void;
  /** The state after a token that was not taken away. */
  after(state: number, id: number): number;
  /** Whether nothing can follow. */
  isComplete(state: number): boolean;
}

function refuse(message: string, value: unknown, accepted: string): never {
  throw modelsError({ code: 'invalid-output', message, value, accepted });
}

const kinds = ['choices', 'regex', 'schema'] as const;

function rulesOf(output: OutputOptions): Rules {
  const given = kinds.filter((kind) => Object.hasOwn(output, kind));
  if (given.length !== 1)
    refuse(
      `the output is given by ${given.length === 0 ? 'nothing' : given.join(' and ')}`,
      output,
      `one of ${kinds.join(', ')}`,
    );
  if ('schema' in output) return schemaRules(output.schema);
  const of = (text: Grammar): Rules => ({ start: 'text', rules: new Map([['text', text]]) });
  if ('regex' in output) return of(readExpression(output.regex, 'whole'));
  const { choices } = output;
  if (choices.length === 0 || choices.includes(''))
    refuse('the choices are none, or one is empty', choices, 'texts of at least one character');
  return of(choice(...choices.map(literal)));
}

interface Vocabulary {
  readonly bytes: readonly Uint8Array[];
  readonly trie: TokenTrie;
}

const vocabularies = new WeakMap<Tokenizer, Vocabulary>();

function vocabularyOf(tokenizer: Tokenizer): Vocabulary {
  const known = vocabularies.get(tokenizer);
  if (known) return known;
  const bytes = tokenBytes(tokenizer);
  const vocabulary = { bytes, trie: createTokenTrie(bytes) };
  vocabularies.set(tokenizer, vocabulary);
  return vocabulary;
}

const guides = new WeakMap<OutputOptions, WeakMap<Tokenizer, OutputGuide>>();

/**
 * What keeps texts of a tokenizer to an output; the same again for the same two objects, with all that it has found out.
 *
 * @throws `invalid-output`, `invalid-pattern`, `unsupported-pattern`, `unsupported-schema`, `output-too-large`, `endless-output`,
 * `impossible-output`
 */
export function outputGuide(output: OutputOptions, tokenizer: Tokenizer): OutputGuide {
  const known = guides.get(output)?.get(tokenizer);
  if (known) return known;
  const guide = createOutputGuide(output, tokenizer);
  const own = guides.get(output) ?? new WeakMap<Tokenizer, OutputGuide>();
  guides.set(output, own.set(tokenizer, guide));
  return guide;
}

function createOutputGuide(output: OutputOptions, tokenizer: Tokenizer): OutputGuide {
  const automaton = createAutomaton(compileRules(rulesOf(output)));
  const { bytes, trie } = vocabularyOf(tokenizer);
  const masks = createTokenMasks(automaton, trie);
  /** Near the last token, only what can be ended in time; where nothing can, anything that may come. */
  const maskOf = (state: number, left: number): TokenMask => {
    const all = masks.of(state);
    if (all.furthest < left) return all;
    const inTime = masks.within(state, left - 1);
    return inTime.count > 0 || automaton.mayEnd(state) ? inTime : all;
  };
  return {
    start: 0,
    restrict(scores, state, endIds, left) {
      const ends = Array.from(endIds, (id) => [id, scores[id]!] as const);
      takeOthersAway(scores, maskOf(state, left));
      const mayEnd = automaton.mayEnd(state);
      for (const [id, score] of ends) scores[id] = mayEnd ? score : Number.NEGATIVE_INFINITY;
    },
    after(state, id) {
      let at = state;
      for (const byte of bytes[id] ?? []) if (at >= 0) at = automaton.step(at, byte);
      return at;
    },
    isComplete: (state) => automaton.isLast(state),
  };
}
