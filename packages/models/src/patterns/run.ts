import type { Instruction, Program } from './program.ts';

/** A text as code points. */
export type CodePoints = Int32Array;

/** Counts the steps of one search, over all places where it tries. */
export interface StepCounter {
  left: number;
}

/** Thrown inside the matcher where no steps are left. */
export const outOfSteps = Symbol('out of steps');

const lineFeed = 10;

function isAt(
  { place, word }: Instruction & { code: 'assert' },
  text: CodePoints,
  at: number,
): boolean {
  const { length } = text;
  switch (place) {
    case 'start':
      return at === 0;
    case 'end':
      return at === length;
    case 'last-line-end':
      return at === length || (at === length - 1 && text[at] === lineFeed);
    case 'line-start':
      return at === 0 || text[at - 1] === lineFeed;
    case 'line-end':
      return at === length || text[at] === lineFeed;
    default: {
      const before = at > 0 && word!(text[at - 1]!);
      const after = at < length && word!(text[at]!);
      return (before !== after) === (place === 'word-border');
    }
  }
}

function sameCharacter(one: number, other: number, ignoreCase: boolean): boolean {
  if (one === other) return true;
  if (!ignoreCase) return false;
  const [a, b] = [String.fromCodePoint(one), String.fromCodePoint(other)];
  return a.toLowerCase() === b.toLowerCase() || a.toUpperCase() === b.toUpperCase();
}

/**
 * Matches a program at one place of a text, by backtracking. The stack is its own, so that no text is too long.
 *
 * @returns the end of the match and the places of the groups, or undefined
 * @throws {@link outOfSteps}
 */
export function runProgram(
  { instructions, slots }: Program,
  text: CodePoints,
  from: number,
  steps: StepCounter,
): { end: number; slots: Int32Array } | undefined {
  const places = new Int32Array(slots).fill(-1);
  // Three numbers an entry. A choice: where to go on, at which place, and the first place it may give back to.
  // An undo: the slot as −1 − slot, its former value, nothing.
  const stack: number[] = [];
  const save = (slot: number, value: number): void => {
    stack.push(-1 - slot, places[slot]!, 0);
    places[slot] = value;
  };

  /** Drops the choices above a height and keeps how to undo what they saved. */
  const commit = (height: number): void => {
    let kept = height;
    for (let i = height; i < stack.length; i += 3) {
      if (stack[i]! >= 0) continue;
      for (let j = 0; j < 3; j++) stack[kept++] = stack[i + j]!;
    }
    stack.length = kept;
  };
  const undo = (height: number): void => {
    while (stack.length > height) {
      const last = stack.length - 3;
      if (stack[last]! < 0) places[-1 - stack[last]!] = stack[last + 1]!;
      stack.length = last;
    }
  };

  const run = (entry: number, begin: number): number => {
    const base = stack.length;
    let pc = entry;
    let at = begin;
    for (;;) {
      if (--steps.left < 0) throw outOfSteps;
      const step = instructions[pc]!;
      let matched = true;
      switch (step.code) {
        case 'match':
          return at;
        case 'set':
          matched = at < text.length && step.test(text[at]!);
          at++;
          pc++;
          break;
        case 'run': {
          const begun = at;
          const first = at + step.least;
          const last = Math.min(text.length, at + step.most);
          while (at < last && step.test(text[at]!)) at++;
          steps.left -= at - begun;
          matched = at >= first;
          pc++;
          if (matched && step.back && at > first) stack.push(pc, at - 1, first);
          break;
        }
        case 'jump':
          pc = step.to;
          break;
        case 'split':
          stack.push(step.second, at, at);
          pc = step.first;
          break;
        case 'save':
          save(step.slot, at);
          pc++;
          break;
        case 'moved':
          pc = places[step.slot] === at ? step.to : pc + 1;
          break;
        case 'assert':
          matched = isAt(step, text, at);
          pc++;
          break;
        case 'backreference': {
          const [start, end] = [places[2 * step.index]!, places[2 * step.index + 1]!];
          matched = end >= 0 && at + end - start <= text.length;
          for (let i = start; matched && i < end; i++, at++)
            matched = sameCharacter(text[i]!, text[at]!, step.ignoreCase);
          steps.left -= Math.max(0, end - start);
          pc++;
          break;
        }
        case 'condition':
          pc = places[2 * step.index + 1]! >= 0 ? pc + 1 : step.no;
          break;
        case 'part': {
          const height = stack.length;
          let end = -1;
          for (let i = 0; i < step.entries.length && end < 0; i++) {
            const start = at - step.widths[i]!;
            if (start >= 0) end = run(step.entries[i]!, start);
          }
          if (step.negated) {
            undo(height);
            matched = end < 0;
          } else {
            commit(height);
            matched = end >= 0;
            if (matched && !step.keepsPlace) at = end;
          }
          pc = step.to;
        }
      }
      if (matched) continue;
      for (;;) {
        if (stack.length <= base) return -1;
        const last = stack.length - 3;
        const next = stack[last]!;
        if (next < 0) {
          places[-1 - next] = stack[last + 1]!;
          stack.length = last;
          continue;
        }
        pc = next;
        at = stack[last + 1]!;
        if (at > stack[last + 2]!) stack[last + 1] = at - 1;
        else stack.length = last;
        break;
      }
    }
  };

  const end = run(0, from);
  return end < 0 ? undefined : { end, slots: places };
}
