import { sizeOf } from '@tunesmith/runtime';
import type { TensorSpec } from '@tunesmith/runtime';
import type { RunEvent } from '@tunesmith/schema';
import { previewRows } from '../data/preview.ts';
import { findings } from '../data/report.ts';
import { isNamed } from '../optimize/decay.ts';
import type { TrainOptions } from './options.ts';
import type { RunSetup } from './setup.ts';

/**
 * The events a run begins with: `start`, which carries the data report and the first batch decoded with its mask, and a
 * warning for each finding of the report and each name in `decay_exclude` that no parameter has.
 */
export function openingEvents(
  options: TrainOptions,
  setup: RunSetup,
  precision: string,
): RunEvent[] {
  const { plan, report, trainable, source, objective } = setup;
  const { tokenizer, device, seed, model } = options;
  const start = {
    type: 'start' as const,
    steps: plan.steps,
    device: device.name,
    precision,
    seed,
    trainable_parameters: elements(trainable.parameters),
    total_parameters: elements({
      ...model.spec.tensors,
      ...trainable.frozen,
      ...trainable.parameters,
    }),
    rows: source.rows,
    tokens_per_row: source.tokens,
    ...(report ? { examples: report.examples, data: report } : {}),
    first_batch: previewRows(
      plan.firstRows(),
      objective,
      tokenizer && ((ids) => tokenizer.decode(ids)),
    ),
  };
  const warnings = [...(report ? findings(report) : []), ...unmatchedNames(setup)];
  return [start, ...warnings.map((finding) => ({ type: 'warning' as const, ...finding }))];
}

function unmatchedNames({ optimizer, trainable }: RunSetup): { code: string; message: string }[] {
  const trained = Object.keys(trainable.parameters);
  const unmatched = (optimizer.decayExclude ?? []).filter(
    (name) => !trained.some((parameter) => isNamed(parameter, [name])),
  );
  return unmatched.map((name) => ({
    code: 'unmatched-name',
    message: `decay_exclude of the optimizer has ${JSON.stringify(name)}, and no trained tensor has that name or ends in it after a dot: nothing is excluded by it`,
  }));
}

/** How many numbers a map of tensors holds. */
function elements(tensors: Readonly<Record<string, Pick<TensorSpec, 'shape'>>>): number {
  return Object.values(tensors).reduce((sum, { shape }) => sum + sizeOf(shape), 0);
}
