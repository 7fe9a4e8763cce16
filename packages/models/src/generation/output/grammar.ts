import type { CharacterMachine } from './character-machine.ts';
import { charactersOf, type CodePoints } from './code-points.ts';

/** What texts may be, in parts. */
export type Grammar =
  | { readonly kind: 'characters'; readonly set: CodePoints }
  | { readonly kind: 'sequence'; readonly parts: readonly Grammar[] }
  | { readonly kind: 'choice'; readonly options: readonly Grammar[] }
  /** A part, from `least` to `most` times one after the other; `most` may be `Infinity`. */
  | {
      readonly kind: 'repeat';
      readonly part: Grammar;
      readonly least: number;
      readonly most: number;
    }
  /** What a rule says; rules may go on to themselves. */
  | { readonly kind: 'rule'; readonly name: string }
  /** Texts that a machine accepts. */
  | { readonly kind: 'texts'; readonly machine: CharacterMachine }
  /** The characters of a JSON string, without quotes, whose text is one of `text`, a grammar without rules. */
  | { readonly kind: 'quoted'; readonly text: Grammar };

/** Rules by name; texts are what the rule `start` says. */
export interface Rules {
  readonly start: string;
  readonly rules: ReadonlyMap<string, Grammar>;
  /** Why parts of it can be no text. */
  readonly impossible?: readonly string[];
}

/** One of some characters. */
export function characters(set: CodePoints): Grammar {
  return { kind: 'characters', set };
}

/** Parts one after the other. */
export function sequence(...parts: readonly Grammar[]): Grammar {
  return parts.length === 1 ? parts[0]! : { kind: 'sequence', parts };
}

/** One of some options; none of none. */
export function choice(...options: readonly Grammar[]): Grammar {
  return options.length === 1 ? options[0]! : { kind: 'choice', options };
}

/** A part, from `least` to `most` times. */
export function repeat(part: Grammar, least: number, most: number): Grammar {
  return { kind: 'repeat', part, least, most };
}

/** A part or nothing. */
export function optional(part: Grammar): Grammar {
  return repeat(part, 0, 1);
}

/** Exactly this text. */
export function literal(text: string): Grammar {
  return sequence(...Array.from(text, (character) => characters(charactersOf(character))));
}

/** What a rule says. */
export function rule(name: string): Grammar {
  return { kind: 'rule', name };
}
