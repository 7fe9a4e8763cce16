import { expect, test } from 'vitest';
import { aiSdkChatModel, type GenerateText } from './ai-sdk.ts';

const sdk = { modelId: 'some-model' };
const messages = [{ role: 'user', content: 'Hello' }] as const;

test('a model of the SDK is asked once for each answer, without attempts of its own', async () => {
  const asked: unknown[] = [];
  const generate: GenerateText = async (request) => {
    asked.push(request);
    return {
      text: `${asked.length}`,
      finishReason: 'stop',
      usage: { inputTokens: 2, outputTokens: 1 },
    };
  };
  const model = aiSdkChatModel(sdk, generate);
  expect(model.name).toBe('some-model');
  expect(await model.respond(messages, { count: 2, maxTokens: 8, seed: 3, stop: ['x'] })).toEqual({
    answers: [
      { text: '1', finish: 'stop' },
      { text: '2', finish: 'stop' },
    ],
    usage: { inputTokens: 4, outputTokens: 2 },
  });
  const common = {
    model: sdk,
    messages: [...messages],
    maxRetries: 0,
    maxOutputTokens: 8,
    stopSequences: ['x'],
  };
  expect(asked).toEqual([
    { ...common, seed: 3 },
    { ...common, seed: 4 },
  ]);
});

test('failures of the SDK keep what can be asked again apart', async () => {
  const failing = (error: object) =>
    aiSdkChatModel(sdk, () => Promise.reject(Object.assign(new Error('no'), error)));
  const busy = { statusCode: 429, isRetryable: true, responseHeaders: { 'retry-after': '4' } };
  await expect(failing(busy).respond(messages)).rejects.toMatchObject({
    code: 'rate-limited',
    value: { retryAfter: 4 },
  });
  await expect(
    failing({ statusCode: 500, isRetryable: true }).respond(messages),
  ).rejects.toMatchObject({ code: 'server-error' });
  await expect(
    failing({ statusCode: 400, isRetryable: false }).respond(messages),
  ).rejects.toMatchObject({ code: 'refused-request' });
});

test('a model of the SDK is not asked to go on with an answer that a prompt begins', async () => {
  const model = aiSdkChatModel(sdk, () => Promise.reject(new Error('asked')));
  const begun = [...messages, { role: 'assistant', content: '1.' }] as const;
  await expect(model.respond(begun)).rejects.toMatchObject({ code: 'cannot-go-on' });
});

test('what is no model of the SDK is refused', () => {
  expect(() => aiSdkChatModel({}, () => Promise.reject(new Error('never')))).toThrow(
    'no language model of the AI SDK',
  );
});
