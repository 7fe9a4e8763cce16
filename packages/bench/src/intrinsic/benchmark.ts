import { readOptions, type Benchmark } from '../benchmark.ts';
import { intrinsicTable, studyIntrinsic } from './study.ts';

/** Intrinsic prompt tuning beside prompt tuning on seen and unseen tasks. */
export const intrinsic: Benchmark = {
  name: 'intrinsic',
  usage: '[--dimensions D] [--virtual-tokens N] [--steps N] [--seed N] [--out FOLDER] [--json]',
  description: 'Intrinsic prompt tuning beside prompt tuning on seen and unseen tasks.',
  async run(args) {
    const typed = readOptions(args, {
      dimensions: '50',
      'virtual-tokens': '20',
      steps: '200',
      seed: '1',
      out: 'runs/bench-intrinsic',
    });
    const tasks = await studyIntrinsic(
      {
        dimensions: typed.wholeNumber('dimensions'),
        virtualTokens: typed.wholeNumber('virtual-tokens'),
        steps: typed.wholeNumber('steps'),
        seed: typed.wholeNumber('seed'),
        output: typed.chosen('out'),
      },
      typed.say,
    );
    process.stdout.write(`${typed.json ? JSON.stringify(tasks) : intrinsicTable(tasks)}\n`);
  },
};
