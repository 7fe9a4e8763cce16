/**
 * `pnpm bench train [--part a|b] [--steps N] [--examples N] [--threads N] [--python PATH] [--json]`: our training and the peers' in
 * one run, as ratios.
 *
 * `pnpm bench train --device NAME [--shape full|small] [--steps N] [--threads N] [--json]`: our steps on a device beside those on
 * `cpu`.
 *
 * `pnpm bench memory [--optimizers a,b] [--steps N] [--threads N] [--shape full|small] [--json]`: peak memory of full fine-tuning by
 * optimizer.
 *
 * `pnpm bench methods [--recipe FILE] [--methods a,b] [--seeds N] [--steps N] [--out FOLDER] [--json]`: every method on the same
 * model and tasks, as one table.
 *
 * `pnpm bench rates [--recipe FILE] [--methods a,b] [--factors 0.3,1,3] [--steps N] [--out FOLDER] [--json]`: which learning rate
 * suits each method.
 *
 * `pnpm bench intrinsic [--dimensions D] [--virtual-tokens N] [--steps N] [--seed N] [--out FOLDER] [--json]`: intrinsic prompt tuning
 * beside prompt tuning on seen and unseen tasks.
 *
 * `pnpm bench pet [--model NAME] [--method full|lora] [--rate R] [--steps N] [--seed N] [--out FOLDER] [--json]`: PET beside
 * fine-tuning on the same 32 and 100 rows.
 */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { TunesmithError } from '@tunesmith/schema';
import { compareMemory, type MemoryRow } from './memory/compare.ts';
import { intrinsicTable, studyIntrinsic } from './intrinsic/study.ts';
import { petTable, studyPet } from './pet/study.ts';
import { compareMethods } from './methods/methods.ts';
import { compareRates } from './methods/rates.ts';
import { methodTable } from './methods/table.ts';
import { optimizers } from './memory/optimizers.ts';
import { shapes } from './train/job.ts';
import { measureProductLimit } from './train/limit.ts';
import { compareDevices, type DeviceComparison } from './train/on-device.ts';
import { comparePasses, compareSteps, type Comparison } from './train/measure.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    part: { type: 'string' },
    steps: { type: 'string' },
    examples: { type: 'string', default: '256' },
    threads: { type: 'string', default: '2' },
    python: {
      type: 'string',
      default: process.env['TUNESMITH_PYTHON'] ?? 'packages/bench/.venv/bin/python',
    },
    recipe: { type: 'string', default: 'examples/quickstart/recipe.yaml' },
    methods: { type: 'string' },
    optimizers: { type: 'string' },
    seeds: { type: 'string', default: '3' },
    model: { type: 'string', default: '@tunesmith/nano' },
    method: { type: 'string', default: 'full' },
    rate: { type: 'string', default: '1e-3' },
    dimensions: { type: 'string' },
    'virtual-tokens': { type: 'string' },
    seed: { type: 'string' },
    factors: { type: 'string', default: '0.3,1,3' },
    out: { type: 'string' },
    device: { type: 'string' },
    shape: { type: 'string', default: 'full' },
    json: { type: 'boolean', default: false },
  },
});

const say = (line: string) => values.json || process.stderr.write(`${line}\n`);

function wrongUsage(
  message: string,
  value: unknown,
  accepted: string | readonly string[],
): TunesmithError {
  return new TunesmithError({
    package: '@tunesmith/bench',
    code: 'wrong-usage',
    message,
    value,
    accepted,
  });
}

function wholeNumber(
  option: 'steps' | 'examples' | 'threads' | 'seeds' | 'dimensions' | 'virtual-tokens' | 'seed',
  otherwise?: string,
): number {
  const number = Number(values[option] ?? otherwise);
  if (Number.isInteger(number) && number > 0) return number;
  throw wrongUsage(`--${option} is "${values[option]}"`, values[option], 'a whole number above 0');
}

function told({ seconds, tokensPerSecond, peakMemory }: Comparison['ours']): string {
  return `${seconds.toFixed(seconds < 1 ? 4 : 2)} s, ${tokensPerSecond.toFixed(0)} tokens/s, peak ${(peakMemory / 1e9).toFixed(2)} GB`;
}

function row(comparison: Comparison): string {
  const { job, precision, peer, ours, theirs, speedRatio, memoryRatio, productShare } = comparison;
  return `${job}\n  tunesmith, ${precision}  ${told(ours)}\n  ${peer}  ${told(theirs)}\n  ${speedRatio.toFixed(2)} times as fast, ${memoryRatio.toFixed(2)} times the memory; ${(100 * productShare).toFixed(0)} % of the measured limit of float32 products\n`;
}

function deviceRow({ device, shape, cpu, own, ...ratios }: DeviceComparison): string {
  return `one LoRA step, shape ${shape}\n  cpu  ${told(cpu)}\n  ${device}  ${told(own)}\n  ${ratios.speedRatio.toFixed(2)} times as fast; losses differ by ${ratios.largestDifference.toExponential(1)} at most\n`;
}

async function measureDevice(device: string): Promise<void> {
  const { shape, json } = values;
  if (!Object.hasOwn(shapes(), shape))
    throw wrongUsage(`there is no shape "${shape}"`, shape, Object.keys(shapes()));
  if (values.part === 'b')
    throw wrongUsage('part b compares with a peer, on cpu', values.part, ['a']);
  const [steps, threads] = [wholeNumber('steps', '9'), wholeNumber('threads')];
  const result = await compareDevices({ device, shape, steps, threads, say });
  process.stdout.write(json ? `${JSON.stringify(result)}\n` : deviceRow(result));
}

async function main(): Promise<void> {
  const benchmark = positionals[0] ?? '';
  if (benchmark === 'train') return compareTraining();
  if (benchmark === 'methods') return compareTuning();
  if (benchmark === 'rates') return tryRates();
  if (benchmark === 'pet') return studyPatterns();
  if (benchmark === 'intrinsic') return studySubspace();
  if (benchmark === 'memory') return measureMemory();
  throw wrongUsage(`there is no benchmark "${benchmark}"`, benchmark, [
    'train',
    'memory',
    'methods',
    'rates',
    'intrinsic',
    'pet',
  ]);
}

function memoryRow({ optimizer, seconds, peakMemory, loss }: MemoryRow): string {
  return `${optimizer.padEnd(10)} peak ${(peakMemory / 1e9).toFixed(2)} GB, ${seconds.toFixed(2)} s a step, loss ${loss.toFixed(4)}\n`;
}

async function measureMemory(): Promise<void> {
  const { shape, json } = values;
  if (!Object.hasOwn(shapes(), shape))
    throw wrongUsage(`there is no shape "${shape}"`, shape, Object.keys(shapes()));
  const names = values.optimizers?.split(',') ?? Object.keys(optimizers);
  const unknown = names.find((name) => !Object.hasOwn(optimizers, name));
  if (unknown !== undefined)
    throw wrongUsage(`there are no settings for "${unknown}"`, unknown, Object.keys(optimizers));
  const [steps, threads] = [wholeNumber('steps', '4'), wholeNumber('threads')];
  const rows = await compareMemory({ optimizers: names, shape, steps, threads, say });
  process.stdout.write(json ? `${JSON.stringify(rows)}\n` : rows.map(memoryRow).join(''));
}

async function compareTuning(): Promise<void> {
  const rows = await compareMethods({
    recipe: values.recipe,
    seeds: wholeNumber('seeds'),
    output: values.out ?? 'runs/bench-methods',
    say,
    ...(values.methods === undefined ? {} : { names: values.methods.split(',') }),
    ...(values.steps === undefined ? {} : { steps: wholeNumber('steps') }),
  });
  process.stdout.write(`${values.json ? JSON.stringify(rows) : methodTable(rows)}\n`);
}

async function tryRates(): Promise<void> {
  const factors = values.factors.split(',').map(Number);
  if (!factors.every((factor) => factor > 0))
    throw wrongUsage(`--factors is "${values.factors}"`, values.factors, 'numbers above 0');
  const rates = await compareRates({
    recipe: values.recipe,
    factors,
    steps: wholeNumber('steps', '100'),
    output: values.out ?? 'runs/bench-rates',
    say,
    ...(values.methods === undefined ? {} : { names: values.methods.split(',') }),
  });
  const line = ({ name, learningRate, loss }: (typeof rates)[number]) =>
    `${name.padEnd(24)} ${String(learningRate).padEnd(8)} ${loss?.toFixed(4) ?? 'not finite'}\n`;
  process.stdout.write(values.json ? `${JSON.stringify(rates)}\n` : rates.map(line).join(''));
}

async function studySubspace(): Promise<void> {
  const tasks = await studyIntrinsic(
    {
      dimensions: wholeNumber('dimensions', '50'),
      virtualTokens: wholeNumber('virtual-tokens', '20'),
      steps: wholeNumber('steps', '200'),
      seed: wholeNumber('seed', '1'),
      output: values.out ?? 'runs/bench-intrinsic',
    },
    say,
  );
  process.stdout.write(`${values.json ? JSON.stringify(tasks) : intrinsicTable(tasks)}\n`);
}

async function studyPatterns(): Promise<void> {
  const learningRate = Number(values.rate);
  if (!(learningRate > 0))
    throw wrongUsage(`--rate is "${values.rate}"`, values.rate, 'a number above 0');
  const scores = await studyPet(
    {
      model: values.model,
      method: values.method,
      learningRate,
      labeled: [32, 100],
      unlabeled: 400,
      heldOut: 400,
      steps: wholeNumber('steps', '100'),
      seed: wholeNumber('seed', '1'),
      output: resolve(values.out ?? 'runs/bench-pet'),
    },
    say,
  );
  process.stdout.write(`${values.json ? JSON.stringify(scores) : petTable(scores)}\n`);
}

async function compareTraining(): Promise<void> {
  if (values.part !== undefined && !['a', 'b'].includes(values.part)) {
    throw wrongUsage(`there is no part "${values.part}"`, values.part, ['a', 'b']);
  }
  if (values.device !== undefined) return measureDevice(values.device);
  if (!existsSync(values.python)) {
    throw wrongUsage(
      `no Python at ${values.python}`,
      values.python,
      'a virtual environment: python3 -m venv packages/bench/.venv && packages/bench/.venv/bin/pip install -r packages/bench/peers/requirements.txt',
    );
  }
  const steps = wholeNumber('steps', '9');
  const examples = wholeNumber('examples');
  const threads = wholeNumber('threads');
  const productLimit = await measureProductLimit(threads);
  say(`matrix products run at ${(productLimit / 1e9).toFixed(0)} GFLOP/s`);
  const options = { threads, productLimit, python: values.python, say };
  const results: Record<string, Comparison[]> = {};
  if (values.part !== 'b') results['a'] = await compareSteps({ ...options, steps });
  if (values.part !== 'a') results['b'] = [await comparePasses({ ...options, examples })];
  if (values.json) process.stdout.write(`${JSON.stringify(results)}\n`);
  else for (const result of Object.values(results).flat()) process.stdout.write(row(result));
}

main().catch((error: unknown) => {
  process.stderr.write(
    `${TunesmithError.is(error) ? error.message : String(error instanceof Error ? error.stack : error)}\n`,
  );
  process.exitCode = TunesmithError.is(error) && error.code === 'wrong-usage' ? 2 : 1;
});
