import { completeModel, TunesmithError, type ModelRecipe, type Recipe } from '@tunesmith/schema';
import { parse } from 'yaml';

/**
 * The recipe that a run left, from the text of its `recipe.yaml`.
 *
 * @throws TunesmithError `invalid-file` for what is no recipe of a run
 */
export function parseRunRecipe(text: string, file: string): Recipe {
  const { value, cause } = parsed(text);
  const { model, stages } = (value ?? {}) as { model?: unknown; stages?: unknown };
  const from = typeof model === 'object' ? (model as { from?: unknown } | null)?.from : model;
  // Earlier versions wrote the place of the model alone.
  if (typeof from === 'string' || (model === undefined && Array.isArray(stages)))
    return { ...(value as Recipe), model: completeModel((model ?? '') as string | ModelRecipe) };
  throw new TunesmithError({
    package: 'tunesmith',
    code: 'invalid-file',
    message: `${file} is not the recipe of a run${cause === undefined ? '' : `: ${cause.message.split('\n')[0]}`}`,
    value: file,
    accepted: 'the file as the run wrote it',
    cause,
  });
}

function parsed(text: string): { value?: unknown; cause?: Error } {
  try {
    return { value: parse(text) as unknown };
  } catch (cause) {
    return { cause: cause as Error };
  }
}
