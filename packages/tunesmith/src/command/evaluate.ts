import { TunesmithError, type RecipeInput } from '@tunesmith/schema';
import type { Command } from 'commander';
import { tunedModel } from '../run/tuned-model.ts';
import type { PrecisionName } from '@tunesmith/models';
import {
  adaptersOf,
  collect,
  createCommand,
  terminalOf,
  warn,
  wholeNumber,
  withAdapters,
  withChosenAdapters,
  withPlugins,
  withPrecision,
  type AdapterFlags,
} from './shared.ts';

interface EvaluateFlags extends AdapterFlags {
  model?: string;
  data?: string[];
  format?: string;
  task?: string[];
  limit?: number;
  compare?: boolean;
  precision?: PrecisionName;
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
      'evaluate --model @tunesmith/nano --data heldout.jsonl --format alpaca --limit 200',
      'evaluate --model @tunesmith/nano --adapter-for poems=runs/first/adapter --adapter-for sums=runs/second/adapter --data heldout.jsonl',
    ],
  );
  return withPrecision(withPlugins(withChosenAdapters(withAdapters(command))))
    .argument('[recipe]', 'a recipe, or the folder of a run: what it tuned is then measured')
    .argument('[settings...]', 'key=value on top of the recipe')
    .option('--model <folder>', "the model's folder, instead of the recipe's")
    .option(
      '--data <file>',
      'held-out data, where there is no recipe; may be given several times',
      collect,
    )
    .option('--format <name>', 'the dataset adapter of --data; found from the rows by default')
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
      const tuned = recipe === undefined ? undefined : await tunedModel(recipe);
      const adapter = adaptersOf(flags) ?? tuned?.adapter;
      const model = flags.model ?? tuned?.model;
      const { evaluate } = await import('../evaluate.ts');
      const { showEvaluation } = await import('./progress.ts');
      const { renderComparison, renderEvaluation } = await import('@tunesmith/evaluation');
      const found = await evaluate(recipe ?? recipeOf(flags), {
        overrides: [
          ...(recipe === undefined
            ? []
            : overridesOf({ ...flags, ...(model === undefined ? {} : { model }) })),
          ...settings,
        ],
        ...(adapter === undefined ? {} : { adapter }),
        ...(flags.compare ? { compare: true } : {}),
        onWork: terminal.working,
        onWarning: ({ message }) => warn(terminal, message),
        onEvent: (event, model) =>
          showEvaluation(terminal, event, model === 'bare' ? 'without adapters' : undefined),
      });
      const text = found.comparison
        ? renderComparison(found.comparison)
        : renderEvaluation(found.evaluation);
      for (const { message } of found.warnings)
        terminal.note(terminal.style('yellow', `warning: ${message}`));
      const { instances: _, ...evaluation } = found.evaluation;
      terminal.result(
        {
          ...evaluation,
          ...(found.comparison ? { comparison: found.comparison } : {}),
          answers: found.answers,
          ...(found.warnings.length > 0 ? { warnings: found.warnings } : {}),
        },
        text,
      );
    });
}

/** A recipe made of options alone. */
function recipeOf({
  model,
  data,
  format,
  task,
  limit,
  precision,
  device,
  plugin,
}: EvaluateFlags): RecipeInput {
  if (model === undefined || data === undefined) {
    throw new TunesmithError({
      package: 'tunesmith',
      code: 'missing-option',
      message: 'there is no recipe, so the model and the data must be named',
      accepted: 'a recipe, or --model FOLDER --data FILE',
    });
  }
  return {
    model: precision === undefined ? model : { from: model, precision },
    method: 'none',
    data: data.map((path) => ({
      path,
      ...(format === undefined ? {} : { format }),
      split: 'heldout',
    })),
    evaluation: { tasks: task ?? ['heldout'], ...(limit === undefined ? {} : { limit }) },
    ...(device === undefined ? {} : { device }),
    ...(plugin === undefined ? {} : { plugins: plugin }),
  };
}

/** Options as settings on top of a recipe. */
function overridesOf(flags: EvaluateFlags): string[] {
  const { model, data, task, limit, precision, device, plugin } = flags;
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
    ...set('model.precision', precision),
    ...set('evaluation.tasks', task),
    ...set('evaluation.limit', limit),
    ...set('device', device),
    ...set('plugins', plugin),
  ];
}
