import { chosenOf, readOptions, wrongUsage, type Benchmark } from '../benchmark.ts';
import { compareMethods } from './methods.ts';
import { methodTable } from './table.ts';

/** Every method on the same model and tasks, as one table. */
export const methods: Benchmark = {
  name: 'methods',
  usage:
    '[--recipe FILE] [--model NAME] [--device NAME] [--rates nano | --rates own [--rate-factor N]] [--methods a,b] [--seeds N] [--at-once N] [--steps N] [--results FILE] [--out FOLDER] [--json]',
  description: 'Every method on the same model and tasks, as one table; goes on where it stopped.',
  async run(args) {
    const typed = readOptions(args, {
      recipe: 'packages/bench/methods.yaml',
      model: undefined,
      device: undefined,
      rates: 'nano',
      'rate-factor': undefined,
      methods: undefined,
      seeds: '3',
      'at-once': '1',
      steps: undefined,
      results: undefined,
      out: 'runs/bench-methods',
    });
    const names = typed.names('methods');
    const model = typed.text('model');
    const device = typed.text('device');
    const results = typed.text('results');
    const rates = chosenOf('set of rates', typed.chosen('rates'), {
      nano: 'nano',
      own: 'own',
    } as const);
    const factor = typed.text('rate-factor');
    if (factor !== undefined && rates === 'nano')
      throw wrongUsage(
        `--rate-factor ${factor} multiplies the methods' own rates, and here are those that were found for nano`,
        factor,
        '--rates own beside it',
      );
    const rows = await compareMethods({
      recipe: typed.chosen('recipe'),
      rates,
      ...(factor === undefined ? {} : { rateFactor: typed.wholeNumber('rate-factor') }),
      ...(model === undefined ? {} : { model }),
      ...(device === undefined ? {} : { device }),
      ...(results === undefined ? {} : { results }),
      seeds: typed.wholeNumber('seeds'),
      atOnce: typed.wholeNumber('at-once'),
      output: typed.chosen('out'),
      say: typed.say,
      ...(names ? { names } : {}),
      ...(typed.text('steps') === undefined ? {} : { steps: typed.wholeNumber('steps') }),
    });
    process.stdout.write(`${typed.json ? JSON.stringify(rows) : methodTable(rows)}\n`);
  },
};
