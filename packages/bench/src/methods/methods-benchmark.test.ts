import { expect, test } from 'vitest';
import { methods } from './methods-benchmark.ts';

test("a factor beside nano's rates, which it would not touch, is refused before anything runs", async () => {
  const message =
    "--rate-factor 5 multiplies the methods' own rates, and here are those that were found for nano; accepted: --rates own beside it";
  await expect(methods.run(['--rate-factor', '5'])).rejects.toThrow(message);
  await expect(methods.run(['--rates', 'nano', '--rate-factor', '5'])).rejects.toThrow(message);
});
