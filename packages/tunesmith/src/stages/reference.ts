import { join } from 'node:path';
import { TunesmithError, type Recipe } from '@tunesmith/schema';

/** `stages.NAME.ARTIFACT`, as far as it is written. */
export const referencePattern = /^stages\.([^.]+)(?:\.([^.]+))?$/;

/** Whether a path of a recipe names what a stage leaves: `stages.first.adapter`. */
export function isReference(path: string): boolean {
  return referencePattern.test(path);
}

/** The folder of a stage in that of its run. */
export function stageFolder(run: string, stage: string): string {
  return join(run, 'stages', stage);
}

/** @throws TunesmithError `staged-recipe` for a recipe of several jobs where one is wanted */
export function requireUnstaged({ stages, output }: Pick<Recipe, 'stages' | 'output'>): void {
  if (!stages) return;
  throw new TunesmithError({
    package: 'tunesmith',
    code: 'staged-recipe',
    message: `this recipe has ${stages.length} stages, and one run is wanted`,
    value: stages.map(({ name }) => name),
    accepted: stages.map(({ name }) => stageFolder(output, name)),
  });
}
