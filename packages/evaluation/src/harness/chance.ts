import { rankMeasures } from './measures.ts';

/**
 * What a uniform guess among the choices would score on a measure: the mean of one over the number of choices. Undefined
 * for measures that do not count right choices.
 */
export function chanceOf(group: { readonly chance?: number }, measure: string): number | undefined {
  return Object.hasOwn(rankMeasures, measure) ? group.chance : undefined;
}
