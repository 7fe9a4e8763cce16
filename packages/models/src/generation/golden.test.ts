import { readFileSync } from 'node:fs';
import { openDevice } from '@tunesmith/runtime/node';
import { beforeAll, expect, test } from 'vitest';
import { golden } from '../../test-support/fixtures.ts';
import { loadModel } from '../node/load.ts';
import { createLanguageModel, type LanguageModel } from '../language-model/language-model.ts';
import { placeModel } from '../weights/place.ts';
import { createTokenizer } from '../tokenizer/create.ts';

interface Golden {
  readonly model: string;
  readonly cases: readonly {
    readonly settings: Record<string, unknown>;
    readonly prompt: number[];
    readonly ids: number[];
  }[];
}

const { model: name, cases } = JSON.parse(
  readFileSync(golden('generation.json'), 'utf8'),
) as Golden;

let open: (settings: Record<string, unknown>) => LanguageModel;
beforeAll(async () => {
  const model = await loadModel(golden(name));
  const placed = await placeModel(model, await openDevice('tfjs-cpu'));
  const vocab = Object.fromEntries(
    Array.from({ length: model.spec.vocabulary }, (_, id) => [String.fromCodePoint(65 + id), id]),
  );
  open = (settings) => {
    const length = 'max_length' in settings ? {} : { max_new_tokens: 10 };
    const tokenizer = createTokenizer({
      tokenizer: { model: { type: 'BPE', vocab, merges: [] }, decoder: { type: 'Fuse' } },
      generation: { ...length, eos_token_id: 0, ...settings },
    });
    return createLanguageModel({ placed, tokenizer });
  };
});

test.each(cases)(
  'generation_config.json $settings after $prompt writes what transformers writes',
  async ({ settings, prompt, ids }) => {
    const [generation] = await open(settings).generate([prompt]);
    expect(generation!.ids).toEqual(ids);
  },
);

test('what a caller says goes before what the file says', async () => {
  const language = open({ repetition_penalty: 1.7, max_new_tokens: 3 });
  const [free] = cases.filter(({ settings }) => Object.keys(settings).length === 0);
  const [generation] = await language.generate([free!.prompt], {
    repetitionPenalty: 1,
    maximumTokens: 10,
  });
  expect(generation!.ids).toEqual(free!.ids);
});
