/** `pnpm bench NAME [options]`: measurements, each as a table for people or with `--json` for programs. */
import { TunesmithError } from '@tunesmith/schema';
import { chosenOf, type Benchmark } from './benchmark.ts';
import { exported } from './exports/benchmark.ts';
import { generate } from './generation/benchmark.ts';
import { intrinsic } from './intrinsic/benchmark.ts';
import { memory } from './memory/benchmark.ts';
import { methods } from './methods/methods-benchmark.ts';
import { rates } from './methods/rates-benchmark.ts';
import { nearDuplicates } from './near-duplicates/benchmark.ts';
import { pet } from './pet/benchmark.ts';
import { render } from './render/benchmark.ts';
import { tokens } from './tokens/benchmark.ts';
import { tokenizers } from './tokenizers/benchmark.ts';
import { train } from './train/benchmark.ts';

const benchmarks: readonly Benchmark[] = [
  train,
  generate,
  exported,
  memory,
  methods,
  rates,
  intrinsic,
  pet,
  nearDuplicates,
  tokenizers,
  tokens,
  render,
];

const help = (): string =>
  benchmarks
    .map(({ name, usage, description }) => `pnpm bench ${name} ${usage}\n  ${description}\n`)
    .join('\n');

async function main([name = '', ...args]: readonly string[]): Promise<void> {
  if (name === '--help' || args.includes('--help')) {
    process.stdout.write(help());
    return;
  }
  const byName = benchmarks.map((benchmark) => [benchmark.name, benchmark] as const);
  return chosenOf('benchmark', name, Object.fromEntries(byName)).run(args);
}

main(process.argv.slice(2)).catch((error: unknown) => {
  process.stderr.write(
    `${TunesmithError.is(error) ? error.message : String(error instanceof Error ? error.stack : error)}\n`,
  );
  process.exitCode = TunesmithError.is(error) && error.code === 'wrong-usage' ? 2 : 1;
});
