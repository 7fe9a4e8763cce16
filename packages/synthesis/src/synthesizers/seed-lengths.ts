import { isInstance, type DataRecord } from '@tunesmith/schema';

/** Characters of a seed on average: instruction, input and output of instances. */
export function meanLength(seeds: readonly DataRecord[]): number {
  const lengths = seeds
    .filter(isInstance)
    .map(
      ({ instruction, input = '', output }) => instruction.length + input.length + output.length,
    );
  return lengths.length === 0
    ? 0
    : lengths.reduce((sum, length) => sum + length, 0) / lengths.length;
}
