import { textsOf, type CharacterMachine } from '../character-machine.ts';
import type { Grammar } from '../grammar.ts';

/** Remainders that are told apart. */
export const mostRemainders = 2000;

/** A positive number as `factor · 10^exponent`, the factor whole and no multiple of ten. */
function factored(step: number): { factor: number; exponent: number } {
  const [digits = '', power = '0'] = String(step).split('e');
  const [whole = '', after = ''] = digits.split('.');
  const all = (whole + after).replace(/^0+/, '');
  const factor = all.replace(/0+$/, '');
  return {
    factor: Number(factor),
    exponent: Number(power) - after.length + (all.length - factor.length),
  };
}

/**
 * Decimal numbers, however many digits they have, that are a multiple of a step: of `k · 10^e`, k not a multiple of ten. Read so far are
 * u, what stands before the zeros that came last, modulo k, and how many of these up to e; and, where e is below zero, how many digits
 * came after the point.
 *
 * @returns `undefined` where k is above {@link mostRemainders}
 */
export function multiplesOf(step: number): Grammar | undefined {
  const { factor, exponent } = factored(step);
  if (factor > mostRemainders) return undefined;
  const zeros = Math.max(0, exponent);
  const decimals = Math.max(0, -exponent);
  interface Place {
    readonly kind: 'start' | 'signed' | 'whole' | 'point';
    readonly rest: number;
    readonly zeros: number;
    readonly after: number;
  }
  const places: { ends: boolean; steps: { set: [number, number][]; next: number }[] }[] = [];
  const numbers = new Map<string, number>();
  const open: Place[] = [];
  const numberOf = (place: Place): number => {
    const key = Object.values(place).join(' ');
    const found = numbers.get(key);
    if (found !== undefined) return found;
    numbers.set(key, numbers.size);
    open.push(place);
    return numbers.size - 1;
  };
  const withDigit = (place: Place, digit: number): Place => {
    if (digit === 0 && place.zeros < zeros) return { ...place, zeros: place.zeros + 1 };
    const scale = digit === 0 ? 10 : 10 ** (place.zeros + 1);
    return {
      ...place,
      rest: (place.rest * (scale % factor) + digit) % factor,
      zeros: digit === 0 ? zeros : 0,
    };
  };
  numberOf({ kind: 'start', rest: 0, zeros, after: 0 });
  for (const place of open) {
    const steps: { set: [number, number][]; next: number }[] = [];
    const on = (character: string, next: Place): void => {
      const point = character.charCodeAt(0);
      steps.push({ set: [[point, point]], next: numberOf(next) });
    };
    const { kind, rest, after } = place;
    if (kind === 'start') on('-', { ...place, kind: 'signed' });
    if (kind === 'whole' && decimals > 0) on('.', { ...place, kind: 'point' });
    if (kind !== 'point' || after < decimals)
      for (let digit = 0; digit < 10; digit++) {
        const next = withDigit(place, digit);
        on(
          String(digit),
          kind === 'point' ? { ...next, after: after + 1 } : { ...next, kind: 'whole' },
        );
      }
    const isDone = kind === 'whole' || (kind === 'point' && after > 0);
    const isMultiple =
      place.zeros === zeros && (rest * (10 ** (decimals - after) % factor)) % factor === 0;
    places.push({ ends: isDone && isMultiple, steps });
  }
  const machine: CharacterMachine = places;
  return textsOf(machine);
}
