import { startContestant } from '../contestant.ts';
import { shapes } from './job.ts';
import { built, median, type Side } from './measure.ts';

/** How steps on a device are measured. */
export interface DeviceMeasureOptions {
  /** The device's name. */
  readonly device: string;
  /** A name among `shapes`. */
  readonly shape: string;
  readonly threads: number;
  readonly steps: number;
  readonly say: (line: string) => void;
}

/** A device beside `cpu` on the same steps. */
export interface DeviceComparison {
  readonly device: string;
  readonly shape: string;
  readonly cpu: Side;
  readonly own: Side;
  /** Seconds on `cpu` over those on the device: above 1, the device is faster. */
  readonly speedRatio: number;
  /** The largest difference of a step's loss, relative to that on `cpu`. */
  readonly largestDifference: number;
}

/** Part (a) on a device and on `cpu`, step by step in turn: how fast it is, and whether it computes the same losses. */
export async function compareDevices(options: DeviceMeasureOptions): Promise<DeviceComparison> {
  const { device, shape, threads, steps, say } = options;
  const start = (name: string) =>
    startContestant(process.execPath, [built('step'), String(threads), 'float32', name, shape]);
  const sides = { cpu: start('cpu'), own: start(device) };
  const names = ['cpu', 'own'] as const;
  const seconds: Record<'cpu' | 'own', number[]> = { cpu: [], own: [] };
  const losses: Record<'cpu' | 'own', number[]> = { cpu: [], own: [] };
  for (const name of names) await sides[name].answer();
  // The first step compiles, on some hardware for minutes; memory is touched for the first time in it.
  for (let step = 0; step <= steps; step++) {
    for (const name of names) {
      sides[name].tell('step');
      const answer = await sides[name].answer();
      losses[name].push(answer['loss']!);
      if (step > 0) seconds[name].push(answer['seconds']!);
      const where = name === 'own' ? device : name;
      say(
        `step ${step}  ${where}  ${answer['seconds']!.toFixed(2)} s  loss ${answer['loss']!.toFixed(6)}`,
      );
    }
  }
  const tokens = shapes()[shape]!.row.input_ids.length;
  const side = (name: 'cpu' | 'own'): Side => {
    const each = median(seconds[name]);
    const peakMemory = sides[name].peakMemory();
    sides[name].end();
    return { seconds: each, tokensPerSecond: tokens / each, peakMemory };
  };
  const [cpu, own] = [side('cpu'), side('own')];
  const differences = losses.cpu.map((loss, step) => Math.abs(losses.own[step]! / loss - 1));
  return {
    device,
    shape,
    cpu,
    own,
    speedRatio: cpu.seconds / own.seconds,
    largestDifference: Math.max(...differences),
  };
}
