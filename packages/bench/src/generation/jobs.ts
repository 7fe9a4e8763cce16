/** Something that every side of `bench generate` is asked for, on the same tokens. */
export interface GenerationJob {
  readonly kind: 'decode' | 'prefill' | 'score';
  /** Prompts; in `score` contexts, one for each continuation. */
  readonly prompts: readonly (readonly number[])[];
  /** Tokens after the first that `decode` writes for each prompt. */
  readonly tokens?: number;
  readonly continuations?: readonly (readonly number[])[];
}

/** Ids that every vocabulary has, the same in every run and on every side. */
function ids(count: number, seed: number): number[] {
  return Array.from({ length: count }, (_, i) => 100 + ((i * 7919 + seed * 104_729) % 900));
}

/** Lengths of contexts and continuations as multiple-choice tasks have them: four continuations to a question, unequal. */
const contextLengths = [38, 92, 57, 141, 73, 46, 118, 64];

/** The jobs by name. @param tokens how many `decode` writes */
export function generationJobs(tokens: number): Readonly<Record<string, GenerationJob>> {
  const contexts = contextLengths.flatMap((length, question) =>
    Array.from({ length: 4 }, () => ids(length, question)),
  );
  return {
    decode: { kind: 'decode', prompts: [ids(64, 0)], tokens },
    'decode 8': {
      kind: 'decode',
      prompts: Array.from({ length: 8 }, (_, row) => ids(64, row)),
      tokens,
    },
    prefill: { kind: 'prefill', prompts: [ids(512, 0)] },
    score: {
      kind: 'score',
      prompts: contexts,
      continuations: contexts.map((_, i) => ids(2 + ((i * 5) % 11), 100 + i)),
    },
  };
}
