import { Option, type Command } from 'commander';
import type { FloatingType } from '@tunesmith/models';
import { combineRules, type CombineOptions, type CombineRule } from '@tunesmith/peft';
import {
  createCommand,
  modelOptionsOf,
  terminalOf,
  withRunOrModel,
  type ModelFlags,
} from './shared.ts';

interface MergeFlags extends ModelFlags {
  out: string;
  dtype: FloatingType;
  as: 'model' | 'adapter' | 'setup';
  combine?: CombineRule;
  weights?: number[];
  density?: number;
  rank?: number;
  majority?: CombineOptions['majority'];
  seed?: number;
}

/** `tunesmith merge` */
export function mergeCommand(): Command {
  const command = createCommand('merge', 'Fold an adapter into its model', [
    'merge runs/first --out ./nano-tuned',
    'merge --model @tunesmith/nano --adapter runs/first/adapter --out ./nano-small --dtype bfloat16',
    'merge --model @tunesmith/nano --adapter runs/first/adapter --adapter runs/second/adapter --combine svd --weights 1,0.5 --out ./both',
  ]);
  return withRunOrModel(command)
    .requiredOption('--out <folder>', 'where the merged model goes: a new folder')
    .addOption(
      new Option('--dtype <type>', 'type of the stored weights of a model')
        .choices(['float32', 'float16', 'bfloat16'])
        .default('float32'),
    )
    .addOption(
      new Option(
        '--as <what>',
        "write the merged model, several adapters as one, or a fusion or a stack of adapters as AdapterHub's setup",
      )
        .choices(['model', 'adapter', 'setup'])
        .default('model'),
    )
    .addOption(
      new Option('--combine <rule>', 'make one LoRA of several; cat adds them exactly').choices([
        ...combineRules,
      ]),
    )
    .option('--weights <numbers>', 'of each adapter, such as 0.7,0.3', numbersOf)
    .option('--density <share>', 'of numbers that stay, for ties, dare and magnitude_prune', Number)
    .option('--rank <number>', 'of the outcome, for rules of an svd', Number)
    .addOption(
      new Option('--majority <of>', 'whose sign counts, for ties').choices(['total', 'frequency']),
    )
    .option('--seed <number>', 'of what dare drops', Number)
    .action(async (run: string | undefined, flags: MergeFlags) => {
      const terminal = terminalOf(flags);
      const { merge } = await import('../merge.ts');
      const combine = combinationOf(flags);
      const found = await merge({
        ...modelOptionsOf(run, flags, terminal),
        out: flags.out,
        dtype: flags.dtype,
        as: flags.as,
        ...(combine ? { combine } : {}),
      });
      const names = found.adapters.join(', ');
      const said = {
        model: `merged ${names}: ${found.changed} tensors changed, logits agree\nmodel    ${found.directory}`,
        adapter: `combined ${names}: ${found.changed} tensors\nadapter  ${found.directory}`,
        setup: `wrote ${names}: ${found.changed} tensors\nsetup    ${found.directory}`,
      };
      terminal.result(found, said[flags.as]);
    });
}

function numbersOf(text: string): number[] {
  return text.split(',').map((part) => (part.trim() === '' ? Number.NaN : Number(part)));
}

/** What is said of combining; undefined where nothing is. */
function combinationOf(flags: MergeFlags): Partial<CombineOptions> | undefined {
  const { combine: rule, weights, density, rank, majority, seed } = flags;
  const said = {
    ...(rule === undefined ? {} : { rule }),
    ...(weights === undefined ? {} : { weights }),
    ...(density === undefined ? {} : { density }),
    ...(rank === undefined ? {} : { rank }),
    ...(majority === undefined ? {} : { majority }),
    ...(seed === undefined ? {} : { seed }),
  };
  return Object.keys(said).length > 0 ? said : undefined;
}
