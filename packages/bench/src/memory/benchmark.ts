import { chosenOf, readOptions, type Benchmark } from '../benchmark.ts';
import { shapes } from '../train/job.ts';
import { compareMemory, type MemoryRow } from './compare.ts';
import { optimizers } from './optimizers.ts';

/** Peak memory of full fine-tuning by optimizer. */
export const memory: Benchmark = {
  name: 'memory',
  usage: '[--optimizers a,b] [--steps N] [--threads N] [--shape full|small] [--json]',
  description: 'Peak memory of full fine-tuning by optimizer.',
  async run(args) {
    const typed = readOptions(args, {
      optimizers: undefined,
      shape: 'full',
      steps: '4',
      threads: '2',
    });
    const shape = typed.chosen('shape');
    chosenOf('shape', shape, shapes());
    const names = typed.names('optimizers') ?? Object.keys(optimizers);
    for (const name of names) chosenOf('optimizer', name, optimizers);
    const [steps, threads] = [typed.wholeNumber('steps'), typed.wholeNumber('threads')];
    const { say } = typed;
    const rows = await compareMemory({ optimizers: names, shape, steps, threads, say });
    process.stdout.write(typed.json ? `${JSON.stringify(rows)}\n` : rows.map(row).join(''));
  },
};

function row({ optimizer, seconds, peakMemory, loss }: MemoryRow): string {
  return `${optimizer.padEnd(10)} peak ${(peakMemory / 1e9).toFixed(2)} GB, ${seconds.toFixed(2)} s a step, loss ${loss.toFixed(4)}\n`;
}
