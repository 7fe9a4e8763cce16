import { TunesmithError, type Recipe } from '@tunesmith/schema';
import { parse } from 'yaml';

/**
 * The recipe that a run left, from the text of its `recipe.yaml`.
 *
 * @throws TunesmithError `invalid-file` for what is no recipe of a run
 */
export function parseRunRecipe(text: string, file: string): Recipe {
  const { value, cause } = parsed(text);
  const hasModel =
    typeof value === 'object' &&
    value !== null &&
    typeof (value as { model?: unknown }).model === 'string';
  if (hasModel) return value as Recipe;
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
