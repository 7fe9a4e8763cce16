import { openDevice } from '@tunesmith/runtime/node';
import { describe, expect, test } from 'vitest';
import { architectures } from '../architectures/registry.ts';
import { initializeParameters } from '../checkpoint/initialize.ts';
import { createLanguageModel, type LanguageModel } from '../language-model/language-model.ts';
import { memoryWeights } from '../weights/memory.ts';
import { placeModel } from '../weights/place.ts';
import { byteTokenizer } from '../../test-support/byte-tokenizer.ts';
import type { GenerateOptions } from './options.ts';

/** A random model over bytes: what it writes is noise, but always the same noise. */
async function noise(
  more: { vocabulary?: number; generation?: Record<string, unknown> } = {},
): Promise<LanguageModel> {
  const llama = architectures[0]!;
  const spec = llama.spec({
    model_type: 'llama',
    vocab_size: more.vocabulary ?? 261,
    hidden_size: 8,
    intermediate_size: 12,
    num_hidden_layers: 1,
    num_attention_heads: 2,
    max_position_embeddings: 64,
  });
  const model = {
    spec,
    architecture: llama,
    weights: memoryWeights(initializeParameters(spec, 1, { std: 0.6 })),
  };
  const turn =
    "{% for m in messages %}{{ '<|turn|>' + m.content + '<|stop|>' }}{% endfor %}{% if add_generation_prompt %}<|turn|>{% endif %}";
  const tokenizer = byteTokenizer({
    configuration: { chat_template: turn },
    ...(more.generation ? { generation: more.generation } : {}),
  });
  return createLanguageModel({
    placed: await placeModel(model, await openDevice('tfjs-cpu')),
    tokenizer,
  });
}

async function pieces(
  language: LanguageModel,
  options: GenerateOptions,
): Promise<{ texts: string[]; last: string | undefined }> {
  const texts: string[] = [];
  let last: string | undefined;
  for await (const { text, done } of language.stream('ab', options)) {
    texts.push(text);
    last = done?.text;
  }
  return { texts, last };
}

describe('generation', () => {
  test.each([
    ['greedy', {}],
    ['sampled', { temperature: 1, seed: 3 }],
  ])('of several prompts side by side gives what each has alone: %s', async (_, options) => {
    const language = await noise();
    const prompts = ['ab', 'a longer prompt', 'x', 'ab'];
    const settings = { maximumTokens: 12, ...options };
    const together = await language.generate(prompts, settings);
    for (const [place, prompt] of prompts.entries()) {
      for await (const { done } of language.stream(prompt, settings, place))
        if (done) expect(together[place]).toEqual(done);
    }
  });

  test('streams pieces that add up to the text', async () => {
    const { texts, last } = await pieces(await noise(), {
      maximumTokens: 20,
      temperature: 1,
      seed: 5,
    });
    expect(texts.length).toBeGreaterThan(3);
    expect(texts.join('')).toBe(last);
  });

  test('repeats itself with the same seed and prompt, whatever comes before', async () => {
    const language = await noise();
    const options = { maximumTokens: 12, temperature: 1, seed: 9 };
    const [first, second] = await language.generate(['ab', 'ab'], options);
    const [again] = await language.generate(['ab'], options);
    expect(again).toEqual(first);
    expect(second!.ids).not.toEqual(first!.ids);
    const [other] = await language.generate(['ab'], { ...options, seed: 10 });
    expect(other!.ids).not.toEqual(first!.ids);
  });

  test('ends at an id, and counts it', async () => {
    const language = await noise();
    const [free] = await language.generate(['ab'], { maximumTokens: 12 });
    const end = free!.ids[5]!;
    const [ended] = await language.generate(['ab'], { maximumTokens: 12, stopIds: [end] });
    expect(ended!.finishReason).toBe('end');
    expect(ended!.ids).toEqual(free!.ids.slice(0, free!.ids.indexOf(end) + 1));
  });

  test('ends before a stop string', async () => {
    const language = await noise();
    const options = { maximumTokens: 30, temperature: 1, seed: 5 };
    const [free] = await language.generate(['ab'], options);
    const stop = free!.text.slice(3, 5);
    const [stopped] = await language.generate(['ab'], { ...options, stop: [stop] });
    expect(stopped!.finishReason).toBe('stop');
    expect(stopped!.text).toBe(free!.text.slice(0, free!.text.indexOf(stop)));
  });

  test("ends where the model's positions end", async () => {
    const [generation] = await (
      await noise()
    ).generate(['ab'], { maximumTokens: 500, ignoreEnd: true });
    expect(generation).toMatchObject({ finishReason: 'length', promptTokens: 2 });
    expect(generation!.ids).toHaveLength(63);
  });

  test('answers a conversation from its generation prompt', async () => {
    const language = await noise();
    const options = { maximumTokens: 6, ignoreEnd: true };
    const [answer] = await language.generate([[{ role: 'user', content: 'hi' }]], options);
    const prompt = language.tokenizer!.encode('<|turn|>hi<|stop|><|turn|>', { special: false });
    const [same] = await language.generate([prompt], options);
    expect(answer).toEqual(same);
  });

  test('goes on with a turn of the assistant that a conversation ends in', async () => {
    const language = await noise();
    const options = { maximumTokens: 6, ignoreEnd: true };
    const [answer] = await language.generate(
      [
        [
          { role: 'user', content: 'hi' },
          { role: 'assistant', content: '1. a\n2.' },
        ],
      ],
      options,
    );
    const text = '<|turn|>hi<|stop|><|turn|>1. a\n2.';
    const prompt = language.tokenizer!.encode(text, { special: false });
    const [same] = await language.generate([prompt], options);
    expect(answer).toEqual(same);
  });

  test('stops with the reason of its signal', async () => {
    const language = await noise();
    const stop = new AbortController();
    const run = (async () => {
      for await (const _ of language.stream('ab', {
        signal: stop.signal,
        maximumTokens: 60,
        temperature: 1,
      }))
        stop.abort(new Error('enough'));
    })();
    await expect(run).rejects.toThrow('enough');
  });

  test('never draws an id that is no token, though the embedding has rows for it', async () => {
    const language = await noise({ vocabulary: 2000 });
    const options = { maximumTokens: 60, temperature: 5, ignoreEnd: true };
    const generations = await language.generate(['a', 'b', 'c'], options);
    const [greedy] = await language.generate(['a'], { maximumTokens: 60, ignoreEnd: true });
    for (const { ids, text } of [...generations, greedy!]) {
      expect(Math.max(...ids)).toBeLessThan(261);
      expect(text).not.toBe('');
    }
    const { perToken } = (
      await language.logLikelihoods([{ context: [65], continuation: [1999] }])
    )[0]!;
    expect(perToken[0]).toBeGreaterThan(-30);
  });

  test('stops at a stop string that is a special token, before showing anything of it', async () => {
    const language = await noise({
      generation: { suppress_tokens: Array.from({ length: 259 }, (_, id) => id) },
    });
    const options = { maximumTokens: 9, ignoreEnd: true, temperature: 1 };
    const [stopped] = await language.generate(['ab'], {
      ...options,
      stop: ['<|turn|>', '<|stop|>'],
    });
    expect(stopped).toMatchObject({ text: '', finishReason: 'stop' });
    expect(stopped!.ids).toHaveLength(1);
    const [free] = await language.generate(['ab'], options);
    expect(free).toMatchObject({ text: '', finishReason: 'length' });
  });

  test.each([
    ['ab', 'what is to be answered is "ab"; accepted: an array of prompts'],
    [[5], 'a prompt is 5; accepted: a text, token ids, or messages'],
    [[{ messages: [] }], 'a prompt is {"messages":[]}; accepted: a text'],
  ])('what is no prompt is told: %j', async (prompts, message) => {
    const language = await noise();
    await expect(language.generate(prompts as never, { maximumTokens: 1 })).rejects.toThrow(
      message,
    );
  });

  test('a setting that leaves no token is an error', async () => {
    const suppress_tokens = Array.from({ length: 261 }, (_, id) => id);
    const language = await noise({ generation: { suppress_tokens } });
    await expect(language.generate(['ab'])).rejects.toThrow('takes away every token');
    await expect(language.generate(['ab'], { beams: 2 })).rejects.toThrow('takes away every token');
  });
});
