import { existsSync } from 'node:fs';
import { chosenOf, readOptions, wrongUsage, type Benchmark, type Typed } from '../benchmark.ts';
import { shapes } from './job.ts';
import { measureProductLimit } from './limit.ts';
import { comparePasses, compareSteps, type Comparison } from './measure.ts';
import { compareDevices, type DeviceComparison } from './on-device.ts';

const defaults = {
  part: undefined,
  device: undefined,
  shape: 'full',
  steps: '9',
  examples: '256',
  threads: '2',
  python: process.env['TUNESMITH_PYTHON'] ?? 'packages/bench/.venv/bin/python',
};

/** Our training and the peers' in one run, as ratios; or our steps on a device beside those on `cpu`. */
export const train: Benchmark = {
  name: 'train',
  usage:
    '[--part a|b] [--steps N] [--examples N] [--threads N] [--python PATH] [--device NAME [--shape full|small]] [--json]',
  description:
    "Our training and the peers' in one run, as ratios; with --device our steps on a device beside those on cpu.",
  async run(args) {
    const typed = readOptions(args, defaults);
    const part = typed.text('part');
    if (part !== undefined) chosenOf('part', part, { a: true, b: true });
    const device = typed.text('device');
    return device === undefined ? comparePeers(typed, part) : measureDevice(typed, device, part);
  },
};

async function measureDevice(
  typed: Typed<keyof typeof defaults>,
  device: string,
  part: string | undefined,
): Promise<void> {
  const shape = typed.chosen('shape');
  chosenOf('shape', shape, shapes());
  if (part === 'b') throw wrongUsage('part b compares with a peer, on cpu', part, ['a']);
  const [steps, threads] = [typed.wholeNumber('steps'), typed.wholeNumber('threads')];
  const result = await compareDevices({ device, shape, steps, threads, say: typed.say });
  process.stdout.write(typed.json ? `${JSON.stringify(result)}\n` : deviceRow(result));
}

async function comparePeers(
  typed: Typed<keyof typeof defaults>,
  part: string | undefined,
): Promise<void> {
  const python = typed.chosen('python');
  if (!existsSync(python)) {
    throw wrongUsage(
      `no Python at ${python}`,
      python,
      'a virtual environment: python3 -m venv packages/bench/.venv && packages/bench/.venv/bin/pip install -r packages/bench/peers/requirements.txt',
    );
  }
  const steps = typed.wholeNumber('steps');
  const examples = typed.wholeNumber('examples');
  const threads = typed.wholeNumber('threads');
  const productLimit = await measureProductLimit(threads);
  typed.say(`matrix products run at ${(productLimit / 1e9).toFixed(0)} GFLOP/s`);
  const options = { threads, productLimit, python, say: typed.say };
  const results: Record<string, Comparison[]> = {};
  if (part !== 'b') results['a'] = await compareSteps({ ...options, steps });
  if (part !== 'a') results['b'] = [await comparePasses({ ...options, examples })];
  if (typed.json) process.stdout.write(`${JSON.stringify(results)}\n`);
  else for (const result of Object.values(results).flat()) process.stdout.write(row(result));
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
