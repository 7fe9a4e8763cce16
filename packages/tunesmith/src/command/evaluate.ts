import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { TunesmithError, type RecipeInput } from '@tunesmith/schema';
import type { Command } from 'commander';
import { collect, createCommand, terminalOf, wholeNumber, withPlugins } from './shared.ts';

interface EvaluateFlags {
  model?: string;
  adapter?: string[];
  data?: string[];
  format?: string;
  task?: string[];
  limit?: number;
  compare?: boolean;
  device?: string;
  plugin?: string[];
  json?: boolean;
}

/** `tunesmith evaluate` */
export function evaluateCommand(): Command {
  const command = createCommand(
    'evaluate',
    'Measure a model on held-out data, with 95 % confidence intervals',
    [
      'evaluate runs/first --compare',
      'evaluate recipe.yaml --adapter runs/first/adapter',
      'evaluate --model ./nano --data heldout.jsonl --format alpaca --limit 200',
    ],
  );
  return withPlugins(command)
    .argument('[recipe]', 'a recipe, or the folder of a run, whose adapter is then measured')
    .argument('[settings...]', 'key=value on top of the recipe')
    .option('--model <folder>', "the model's folder, instead of the recipe's")
    .option('--adapter <folder>', 'an adapter on top; may be given several times', collect)
    .option(
      '--data <file>',
      'held-out data, where there is no recipe; may be given several times',
      collect,
    )
    .option('--format <name>', 'the dataset adapter of --data')
    .option(
      '--task <name>',
      'what to measure: a split or a task of a plugin; may be given several times',
      collect,
    )
    .option('--limit <n>', 'use only this many instances of each task', wholeNumber(1))
    .option('--compare', 'also measure the model without its adapters')
    .option('--device <name>', 'where tensors run')
    .action(async (recipe: string | undefined, settings: string[], flags: EvaluateFlags) => {
      const terminal = terminalOf(flags);
      const adapter = flags.adapter ?? (recipe === undefined ? undefined : adapterOfRun(recipe));
      const { evaluate } = await import('../evaluate.ts');
      const { recipePath } = await import('../recipe/read.ts');
      const { showEvaluation } = await import('./progress.ts');
      const { renderComparison, renderEvaluation } = await import('@tunesmith/evaluation');
      const found = await evaluate(recipe === undefined ? recipeOf(flags) : recipePath(recipe), {
        overrides: [...(recipe === undefined ? [] : overridesOf(flags)), ...settings],
        ...(adapter === undefined ? {} : { adapter }),
        ...(flags.compare ? { compare: true } : {}),
        onWork: terminal.working,
        onEvent: (event) => showEvaluation(terminal, event),
      });
      const text = found.comparison
        ? renderComparison(found.comparison)
        : renderEvaluation(found.evaluation);
      const { instances: _, ...evaluation } = found.evaluation;
      terminal.result(
        {
          ...evaluation,
          ...(found.comparison ? { comparison: found.comparison } : {}),
          answers: found.answers,
        },
        text,
      );
    });
}

function adapterOfRun(recipe: string): string | undefined {
  const adapter = join(recipe, 'adapter');
  return existsSync(adapter) ? adapter : undefined;
}

/** A recipe made of options alone. */
function recipeOf({
  model,
  data,
  format,
  task,
  limit,
  device,
  plugin,
}: EvaluateFlags): RecipeInput {
  if (model === undefined || data === undefined || format === undefined) {
    throw new TunesmithError({
      package: 'tunesmith',
      code: 'missing-option',
      message: 'there is no recipe, so the model and the data must be named',
      accepted: 'a recipe, or --model FOLDER --data FILE --format NAME',
    });
  }
  return {
    model,
    method: 'none',
    data: data.map((path) => ({ path, format, split: 'heldout' })),
    evaluation: { tasks: task ?? ['heldout'], ...(limit === undefined ? {} : { limit }) },
    ...(device === undefined ? {} : { device }),
    ...(plugin === undefined ? {} : { plugins: plugin }),
  };
}

/** Options as settings on top of a recipe. */
function overridesOf({ model, data, task, limit, device, plugin }: EvaluateFlags): string[] {
  if (data !== undefined) {
    throw new TunesmithError({
      package: 'tunesmith',
      code: 'conflicting-options',
      message: '--data is for evaluating without a recipe',
      accepted: 'data entries in the recipe, or settings such as data[1].path=FILE',
    });
  }
  const set = (key: string, value: unknown) =>
    value === undefined ? [] : [`${key}=${JSON.stringify(value)}`];
  return [
    ...set('model', model),
    ...set('evaluation.tasks', task),
    ...set('evaluation.limit', limit),
    ...set('device', device),
    ...set('plugins', plugin),
  ];
}
