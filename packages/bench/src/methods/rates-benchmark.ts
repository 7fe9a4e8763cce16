import { readOptions, wrongUsage, type Benchmark } from '../benchmark.ts';
import { compareRates, type MeasuredRate } from './rates.ts';

/** Which learning rate suits each method. */
export const rates: Benchmark = {
  name: 'rates',
  usage: '[--recipe FILE] [--methods a,b] [--factors 0.3,1,3] [--steps N] [--out FOLDER] [--json]',
  description: 'Which learning rate suits each method, by the loss of a short training.',
  async run(args) {
    const typed = readOptions(args, {
      recipe: 'packages/bench/methods.yaml',
      methods: undefined,
      factors: '0.3,1,3',
      steps: '100',
      out: 'runs/bench-rates',
    });
    const factors = typed.names('factors')!.map(Number);
    const written = typed.chosen('factors');
    if (!factors.every((factor) => factor > 0))
      throw wrongUsage(`--factors is "${written}"`, written, 'numbers above 0');
    const names = typed.names('methods');
    const measured = await compareRates({
      recipe: typed.chosen('recipe'),
      factors,
      steps: typed.wholeNumber('steps'),
      output: typed.chosen('out'),
      say: typed.say,
      ...(names ? { names } : {}),
    });
    process.stdout.write(typed.json ? `${JSON.stringify(measured)}\n` : measured.map(row).join(''));
  },
};

function row({ name, learningRate, loss }: MeasuredRate): string {
  return `${name.padEnd(24)} ${String(learningRate).padEnd(8)} ${loss?.toFixed(4) ?? 'not finite'}\n`;
}
