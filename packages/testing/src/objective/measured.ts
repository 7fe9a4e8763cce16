import { expect } from 'vitest';

/** Loss, sums and gradients of a batch. */
export interface Measured {
  readonly loss: number;
  readonly sums: Readonly<Record<string, number>>;
  readonly gradients: Readonly<Record<string, Float32Array>>;
}

/** What micro-batches measured, as one batch. */
export function added(parts: readonly Measured[]): Measured {
  const sum = (of: (part: Measured) => number): number =>
    parts.reduce((total, part) => total + of(part), 0);
  const [first] = parts;
  return {
    loss: sum(({ loss }) => loss),
    sums: Object.fromEntries(
      Object.keys(first!.sums).map((name) => [name, sum(({ sums }) => sums[name]!)]),
    ),
    gradients: Object.fromEntries(
      Object.entries(first!.gradients).map(([name, values]) => [
        name,
        values.map((_, i) => sum(({ gradients }) => gradients[name]![i]!)),
      ]),
    ),
  };
}

/** Expects two measurements to agree within what float32 rounds. */
export function expectClose(actual: Measured, expected: Measured): void {
  expect(expected.loss).toBeGreaterThan(0);
  expect(Math.abs(actual.loss / expected.loss - 1), 'loss').toBeLessThan(2e-5);
  for (const [name, sum] of Object.entries(expected.sums))
    expect(actual.sums[name], name).toBeCloseTo(sum, 4);
  for (const [name, values] of Object.entries(expected.gradients)) {
    const scale = Math.max(1e-3, ...values.map(Math.abs));
    const worst = values.reduce(
      (most, value, i) => Math.max(most, Math.abs(value - actual.gradients[name]![i]!)),
      0,
    );
    expect(worst / scale, `gradient of ${name}`).toBeLessThan(1e-3);
  }
}
