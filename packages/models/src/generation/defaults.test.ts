import { describe, expect, test } from 'vitest';
import { readGenerationDefaults } from './defaults.ts';

describe('generation_config.json', () => {
  test('says how to sample, and how to write', () => {
    const file = {
      do_sample: true,
      temperature: 0.7,
      top_p: 0.8,
      top_k: 20,
      repetition_penalty: 1.05,
      eos_token_id: [151645, 151643],
      pad_token_id: 151643,
      transformers_version: '4.37.0',
    };
    expect(readGenerationDefaults(file)).toMatchObject({
      sampling: { asked: true, temperature: 0.7, topP: 0.8, topK: 20 },
      scoring: { repetitionPenalty: 1.05 },
      ignored: [],
    });
  });

  test('may end texts in several ways, and gives the last bias of a sequence that stands twice', () => {
    const file = {
      forced_eos_token_id: [7, 2],
      sequence_bias: [
        [[5], -5],
        [[6, 5], 1],
        [[5], 2],
      ],
    };
    expect(readGenerationDefaults(file).scoring).toEqual({
      forcedEnd: [7, 2],
      sequenceBias: [
        [[5], 2],
        [[6, 5], 1],
      ],
    });
  });

  test('names what is not followed, and not what changes nothing', () => {
    const file = {
      num_return_sequences: 4,
      typical_p: 1,
      penalty_alpha: 0.6,
      sequence_bias: null,
      new_setting: 3,
    };
    expect(readGenerationDefaults(file).ignored).toEqual([
      'num_return_sequences 4',
      'penalty_alpha 0.6',
      'new_setting 3',
    ]);
  });

  test.each([
    ['repetition_penalty', 0],
    ['repetition_penalty', '1.1'],
    ['top_p', 2],
    ['top_k', -1],
    ['suppress_tokens', 5],
    ['bad_words_ids', [5]],
    ['min_new_tokens', 1.5],
    ['do_sample', 'yes'],
    ['min_p', 2],
    ['eta_cutoff', 1],
    ['num_beams', 0],
    ['early_stopping', 'sometimes'],
    ['sequence_bias', [[5, 1]]],
    ['exponential_decay_length_penalty', 3],
    ['stop_strings', ['']],
  ])('%s is not %j', (key, value) => {
    expect(() => readGenerationDefaults({ [key]: value })).toThrow(
      `generation_config.json: ${key} is ${JSON.stringify(value)}`,
    );
  });
});
