import { describe, expect, it } from 'vitest';
import { configuration, fixedRow, productOperations, realExamples, shapes } from './job.ts';

describe('the job of the training benchmark', () => {
  it('supervises the last 256 of 512 tokens in part (a)', () => {
    expect(fixedRow.input_ids).toHaveLength(512);
    expect(fixedRow.labels.filter((label) => label !== -100)).toHaveLength(256);
    expect(Math.max(...fixedRow.input_ids)).toBeLessThan(configuration.vocab_size);
  });

  it('has 256 examples of real lengths in part (b), none longer than a row', () => {
    const examples = realExamples();
    const tokens = examples.map(({ input_ids }) => input_ids.length);
    expect(examples).toHaveLength(256);
    // 42,170 tokens of text, 20 of the template and one end of turn in each example
    expect(tokens.reduce((sum, length) => sum + length, 0)).toBe(42_170 + 256 * 21);
    expect(Math.max(...tokens)).toBe(597);
  });

  it('has a small shape whose row stays in its vocabulary', () => {
    const { configuration: small, row } = shapes()['small']!;
    expect(row.input_ids).toHaveLength(64);
    expect(Math.max(...row.input_ids)).toBeLessThan(small.vocab_size);
  });

  it('counts the products of a step: two for each weight a token meets, attention over its causal half', () => {
    const linear = 30 * (2 * 576 * 576 + 2 * 576 * 192 + 3 * 576 * 1536);
    expect(productOperations(1, 0)).toBe(4 * linear + 6 * 576 * 30);
    expect(productOperations(0, 1)).toBe(4 * 49_152 * 576);
  });
});
