import { resolve } from 'node:path';
import { readOptions, wrongUsage, type Benchmark } from '../benchmark.ts';
import { petTable, studyPet } from './study.ts';

/** PET beside fine-tuning on the same rows. */
export const pet: Benchmark = {
  name: 'pet',
  usage:
    '[--model NAME] [--method full|lora] [--rate R] [--steps N] [--seed N] [--out FOLDER] [--json]',
  description: 'PET beside fine-tuning on the same 32 and 100 rows.',
  async run(args) {
    const typed = readOptions(args, {
      model: '@tunesmith/nano',
      method: 'full',
      rate: '1e-3',
      steps: '100',
      seed: '1',
      out: 'runs/bench-pet',
    });
    const learningRate = Number(typed.chosen('rate'));
    if (!(learningRate > 0))
      throw wrongUsage(`--rate is "${typed.chosen('rate')}"`, learningRate, 'a number above 0');
    const scores = await studyPet(
      {
        model: typed.chosen('model'),
        method: typed.chosen('method'),
        learningRate,
        labeled: [32, 100],
        unlabeled: 400,
        heldOut: 400,
        steps: typed.wholeNumber('steps'),
        seed: typed.wholeNumber('seed'),
        output: resolve(typed.chosen('out')),
      },
      typed.say,
    );
    process.stdout.write(`${typed.json ? JSON.stringify(scores) : petTable(scores)}\n`);
  },
};
