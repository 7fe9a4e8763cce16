import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { TunesmithError } from '@tunesmith/schema';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { openai, openaiChatModel, type OpenAIOptions } from './openai.ts';

interface Sent {
  readonly authorization: string | undefined;
  readonly path: string | undefined;
  readonly body: Record<string, unknown>;
}

let server: Server;
let base: string;
let sent: Sent[];
let answer: (response: ServerResponse, sent: Sent) => void;

beforeAll(async () => {
  server = createServer((request: IncomingMessage, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      const one = {
        authorization: request.headers.authorization,
        path: request.url,
        body: JSON.parse(body) as Record<string, unknown>,
      };
      sent.push(one);
      answer(response, one);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});
beforeEach(() => {
  sent = [];
  answer = says({
    choices: [choice('Hello.')],
    usage: { prompt_tokens: 3, completion_tokens: 2 },
    model: 'm-2',
  });
});

const choice = (content: string | null, reason = 'stop') => ({
  message: { role: 'assistant', content },
  finish_reason: reason,
});
function says(value: unknown, status = 200, headers: Record<string, string> = {}) {
  return (response: ServerResponse): void => {
    response.writeHead(status, headers);
    response.end(typeof value === 'string' ? value : JSON.stringify(value));
  };
}
const model = (options: Partial<OpenAIOptions> = {}, key = 'secret-key-7') =>
  openaiChatModel(
    { model: 'm', base_url: base, ...options },
    { environment: { OPENAI_API_KEY: key } },
  );
const hello = [{ role: 'user', content: 'Hello' }] as const;
const failure = async (options: Partial<OpenAIOptions> = {}) => {
  const error: unknown = await model(options)
    .respond(hello)
    .catch((reason: unknown) => reason);
  if (!TunesmithError.is(error)) throw new Error('this was to fail');
  return error;
};

test('a request says what is asked and nothing besides, and the answer comes with its tokens', async () => {
  expect(await model().respond(hello, { maxTokens: 9, stop: ['\n'] })).toEqual({
    answers: [{ text: 'Hello.', finish: 'stop' }],
    usage: { inputTokens: 3, outputTokens: 2 },
    model: 'm-2',
  });
  expect(sent).toEqual([
    {
      authorization: 'Bearer secret-key-7',
      path: '/v1/chat/completions',
      body: {
        model: 'm',
        messages: [{ role: 'user', content: 'Hello' }],
        max_tokens: 9,
        stop: ['\n'],
      },
    },
  ]);
});

test('images go by address, what is ours alone stays here, and other fields as the recipe has them', async () => {
  const parts = [
    { type: 'text', text: 'What is it?' },
    { type: 'image', image: 'data:image/png;base64,AA' },
  ] as const;
  await model({ body: { top_k: 4 }, tokens_field: 'max_completion_tokens' }).respond(
    [{ role: 'user', content: [...parts], train: false }],
    { maxTokens: 5, schema: { type: 'object' } },
  );
  expect(sent[0]!.body).toEqual({
    top_k: 4,
    model: 'm',
    max_completion_tokens: 5,
    messages: [
      {
        role: 'user',
        content: [parts[0], { type: 'image_url', image_url: { url: 'data:image/png;base64,AA' } }],
      },
    ],
    response_format: {
      type: 'json_schema',
      json_schema: { name: 'answer', schema: { type: 'object' }, strict: true },
    },
  });
  await expect(
    model().respond([{ role: 'user', content: [{ type: 'image', image: 'cat.png' }] }]),
  ).rejects.toThrow('the server cannot see the image "cat.png"');
});

const begun = [
  { role: 'user', content: 'Write a list.' },
  { role: 'assistant', content: '1. Name a river\n2.' },
] as const;

test.each([
  ['as-is', {}, {}],
  ['continue_final_message', {}, { continue_final_message: true, add_generation_prompt: false }],
  ['prefix', { prefix: true }, {}],
] as const)(
  'an answer that a prompt begins is sent as the server goes on with it: %s',
  async (goes_on, ofMessage, ofBody) => {
    await model({ goes_on }).respond(begun);
    expect(sent[0]!.body).toEqual({
      model: 'm',
      messages: [begun[0], { ...begun[1], ...ofMessage }],
      ...ofBody,
    });
  },
);

test('an answer that a prompt begins is not sent where the server is not known to go on with it', async () => {
  await expect(model().respond(begun)).rejects.toMatchObject({ code: 'cannot-go-on' });
  expect(sent).toEqual([]);
});

test('a server that gives one answer at a time is asked until there are as many as wanted', async () => {
  const { answers, usage } = await model().respond(hello, { count: 3 });
  expect(answers).toHaveLength(3);
  expect(usage).toEqual({ inputTokens: 9, outputTokens: 6 });
  expect(sent.map(({ body }) => body['n'])).toEqual([3, 2, undefined]);
});

test('an answer that was cut off or filtered says so', async () => {
  answer = says({ choices: [choice('Half', 'length'), choice(null, 'content_filter')] });
  expect((await model().respond(hello, { count: 2 })).answers).toEqual([
    { text: 'Half', finish: 'length' },
    { text: '', finish: 'other' },
  ]);
});

test.each([
  ['a page', '<html>Bad gateway</html>', 200, 'no-answer', 'which is no JSON'],
  ['half an answer', '{"choices": [{"mess', 200, 'no-answer', 'half of it'],
  ['nothing', '', 200, 'no-answer', 'no JSON'],
  ['another object', '{"choices": []}', 200, 'no-answer', 'something else than a chat completion'],
  ['an overload', '{"error": {"message": "later"}}', 503, 'server-error', 'failed: 503, later'],
  [
    'a limit',
    '{"error": {"message": "slow down"}}',
    429,
    'rate-limited',
    'more slowly: 429, slow down',
  ],
  [
    'an empty account',
    '{"error": {"message": "pay", "code": "insufficient_quota"}}',
    429,
    'no-quota',
    'nothing left',
  ],
  [
    'a wrong key',
    '{"error": {"message": "who?"}}',
    401,
    'unauthorized',
    'with the key in OPENAI_API_KEY): 401',
  ],
  [
    'a wrong key that the server repeats',
    '{"error": {"message": "no account has secret-key-7"}}',
    401,
    'unauthorized',
    '401, no account has …',
  ],
  ['another model', '{"error": "no m"}', 404, 'unknown-model', '404, no m'],
  ['a wrong request', 'too many stops', 400, 'refused-request', '400, too many stops'],
])('%s is an error with a code of its own', async (_, text, status, code, words) => {
  answer = says(text, status);
  const error = await failure();
  expect(error.code).toBe(code);
  expect(error.message).toContain(words);
  expect(JSON.stringify([error.message, error.value])).not.toContain('secret-key-7');
});

test('how long to wait is taken from the server, in seconds or as a date', async () => {
  answer = says('', 429, { 'retry-after': '12' });
  expect((await failure()).value).toEqual({ status: 429, retryAfter: 12 });
  answer = says('', 429, { 'retry-after': new Date(Date.now() + 30_000).toUTCString() });
  expect((await failure()).value).toEqual({ status: 429, retryAfter: expect.closeTo(29.5, -1) });
});

test('no server, no answer in time, and a signal are told apart', async () => {
  const gone = await failure({ base_url: 'http://127.0.0.1:9/v1' });
  expect([gone.code, gone.message]).toEqual([
    'unreachable',
    expect.stringContaining('was not reached'),
  ]);
  answer = () => undefined;
  expect((await failure({ timeout: 0.05 })).message).toContain('did not answer within 0.05 s');
  const stop = new AbortController();
  const asked = model().respond(hello, { signal: stop.signal });
  stop.abort(new Error('enough'));
  await expect(asked).rejects.toThrow('enough');
});

test('a key does not follow a redirect to another place', async () => {
  answer = says('', 307, { location: 'http://127.0.0.1:9/' });
  expect((await failure()).code).toBe('unreachable');
  expect(sent).toHaveLength(1);
});

test('addresses with a name and a password, and unknown options, are refused before anything is sent', () => {
  expect(() => model({ base_url: 'http://a:b@host/v1' })).toThrow('base_url is no address');
  expect(() => openai.open({ model: 'm', base_urll: 'x' })).toThrow('base_url');
});
