import { widthOf, type CharacterTest, type PatternNode, type Place } from './syntax.ts';

/** One step of a matcher. Numbers named `to` are places in the program. */
export type Instruction =
  | { readonly code: 'set'; readonly test: CharacterTest }
  /** Takes characters of a set, as many as it can; with `back`, fewer where the rest does not match. */
  | {
      readonly code: 'run';
      readonly test: CharacterTest;
      readonly least: number;
      readonly most: number;
      readonly back: boolean;
    }
  | { readonly code: 'jump'; to: number }
  | { readonly code: 'split'; first: number; second: number }
  | { readonly code: 'save'; readonly slot: number }
  /** Leaves a loop whose body took nothing since the slot was saved. */
  | { readonly code: 'moved'; readonly slot: number; to: number }
  | { readonly code: 'assert'; readonly place: Place; readonly word?: CharacterTest | undefined }
  | { readonly code: 'backreference'; readonly index: number; readonly ignoreCase: boolean }
  | { readonly code: 'condition'; readonly index: number; no: number }
  /** A part matched for itself, `widths[i]` characters before here for the part at `entries[i]`. */
  | {
      readonly code: 'part';
      readonly keepsPlace: boolean;
      readonly negated: boolean;
      readonly widths: readonly number[];
      readonly entries: number[];
      to: number;
    }
  | { readonly code: 'match' };

/** A pattern as steps; `slots` counts the places to remember, two for each group first. */
export interface Program {
  readonly instructions: readonly Instruction[];
  readonly groups: number;
  readonly slots: number;
}

/** A reason why a pattern has no program. */
export type Refuse = (message: string, accepted: string) => Error;

/** Most steps a pattern may come to: `(a{1000}){1000}` would be a million. */
const mostInstructions = 20_000;

/**
 * Turns a parsed pattern into steps for the matcher.
 *
 * @param refuse makes the error for a pattern that is too large, or looks behind over texts of several lengths
 */
export function compileProgram(node: PatternNode, groups: number, refuse: Refuse): Program {
  const instructions: Instruction[] = [];
  let slots = 2 * groups + 2;
  const emit = <T extends Instruction>(instruction: T): T => {
    if (instructions.length >= mostInstructions)
      throw refuse(
        `its repetitions come to more than ${mostInstructions} steps`,
        'smaller repetitions',
      );
    instructions.push(instruction);
    return instruction;
  };
  const here = (): number => instructions.length;

  const compileRepeat = (repeat: PatternNode & { kind: 'repeat' }): void => {
    const { body, least, most, mode } = repeat;
    if (mode === 'possessive')
      return compilePart({ ...repeat, mode: 'greedy' }, { keepsPlace: false });
    if (body.kind === 'set' && mode === 'greedy') {
      emit({ code: 'run', test: body.test, least, most, back: true });
      return;
    }
    for (let i = 0; i < least; i++) compile(body);
    const split = (): Instruction & { code: 'split' } =>
      emit({ code: 'split', first: 0, second: 0 });
    const aim = (one: Instruction & { code: 'split' }, inside: number, outside: number): void => {
      one.first = mode === 'lazy' ? outside : inside;
      one.second = mode === 'lazy' ? inside : outside;
    };
    if (most === Number.POSITIVE_INFINITY) {
      const start = here();
      const choice = split();
      const slot = slots++;
      emit({ code: 'save', slot });
      compile(body);
      const moved = emit({ code: 'moved', slot, to: 0 } as Instruction & { code: 'moved' });
      emit({ code: 'jump', to: start });
      moved.to = here();
      aim(choice, start + 1, here());
      return;
    }
    const choices: { one: Instruction & { code: 'split' }; inside: number }[] = [];
    for (let i = least; i < most; i++) {
      choices.push({ one: split(), inside: here() });
      compile(body);
    }
    for (const { one, inside } of choices) aim(one, inside, here());
  };

  const compilePart = (
    body: PatternNode,
    {
      keepsPlace,
      negated = false,
      behind = false,
    }: { keepsPlace: boolean; negated?: boolean; behind?: boolean },
  ): void => {
    const options = behind && body.kind === 'choice' ? body.options : [body];
    const widths = options.map((option) => (behind ? widthOf(option) : 0));
    if (widths.includes(undefined))
      throw refuse('it looks behind over texts of several lengths', 'texts of one length behind');
    const part = emit({
      code: 'part',
      keepsPlace,
      negated,
      widths: widths as number[],
      entries: [] as number[],
      to: 0,
    });
    for (const option of options) {
      part.entries.push(here());
      compile(option);
      emit({ code: 'match' });
    }
    part.to = here();
  };

  const compile = (part: PatternNode): void => {
    switch (part.kind) {
      case 'set':
        emit({ code: 'set', test: part.test });
        return;
      case 'sequence':
        part.parts.forEach(compile);
        return;
      case 'choice': {
        const ends: (Instruction & { code: 'jump' })[] = [];
        part.options.forEach((option, i) => {
          if (i === part.options.length - 1) return compile(option);
          const split = emit({ code: 'split', first: here() + 1, second: 0 });
          compile(option);
          ends.push(emit({ code: 'jump', to: 0 }));
          split.second = here();
        });
        for (const end of ends) end.to = here();
        return;
      }
      case 'repeat':
        return compileRepeat(part);
      case 'group':
        emit({ code: 'save', slot: 2 * part.index });
        compile(part.body);
        emit({ code: 'save', slot: 2 * part.index + 1 });
        return;
      case 'atomic':
        return compilePart(part.body, { keepsPlace: false });
      case 'look':
        return compilePart(part.body, {
          keepsPlace: true,
          negated: part.negated,
          behind: part.behind,
        });
      case 'assert':
        emit({ code: 'assert', place: part.place, word: part.word });
        return;
      case 'backreference':
        emit({ code: 'backreference', index: part.index, ignoreCase: part.ignoreCase });
        return;
      case 'condition': {
        const condition = emit({ code: 'condition', index: part.index, no: 0 });
        compile(part.yes);
        const end = emit({ code: 'jump', to: 0 });
        condition.no = here();
        compile(part.no);
        end.to = here();
      }
    }
  };

  compile(node);
  emit({ code: 'match' });
  return { instructions, groups, slots };
}
