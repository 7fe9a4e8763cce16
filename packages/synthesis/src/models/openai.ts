import {
  chatModelKind,
  completeOptions,
  showValue,
  type ChatModel,
  type ChatModelPlugin,
  type PluginOptions,
} from '@tunesmith/schema';
import { refuse } from '../errors.ts';
import { readAnswer } from './openai-answer.ts';
import { failureOf } from './openai-failure.ts';
import { requestBody } from './openai-request.ts';

/** How a server that speaks OpenAI's chat API is reached. */
export interface OpenAIOptions {
  /** The model as the server names it. */
  readonly model: string;
  /** The address before `/chat/completions`. */
  readonly base_url: string;
  /** The environment variable that holds the key; no key is sent where it is empty. The key itself stands in no recipe. */
  readonly key_env: string;
  /** What the server calls the limit of tokens. */
  readonly tokens_field: 'max_tokens' | 'max_completion_tokens';
  /**
   * How the server goes on with a turn of the assistant that a prompt begins: not at all (`never`), where the turn stands last
   * (`as-is`: llama.cpp, Ollama), by vLLM's `continue_final_message`, or by the message's own `prefix` (DeepSeek, Mistral).
   */
  readonly goes_on: 'never' | 'as-is' | 'continue_final_message' | 'prefix';
  /** Seconds after which a request without an answer is given up. */
  readonly timeout: number;
  /** Further fields of every request, as the server knows them: `{ top_k: 40 }`. */
  readonly body: Readonly<Record<string, unknown>>;
}

/** What {@link openaiChatModel} takes besides its options: what a test or another environment replaces. */
export interface OpenAISurroundings {
  readonly fetch?: typeof globalThis.fetch;
  /** Where the key is looked up; the process's environment by default, nothing in a browser. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
}

/**
 * Models behind OpenAI's chat API, which vLLM, llama.cpp, Ollama and most services speak.
 *
 * A server that gives fewer answers than were asked for is asked again for the rest. The key is read from the environment when the
 * model is opened, sent to that address alone, and is part of no message.
 *
 * @see https://platform.openai.com/docs/api-reference/chat
 */
export const openai: ChatModelPlugin = {
  specVersion: 2,
  name: 'openai',
  description:
    "A server that speaks OpenAI's chat API: OpenAI, vLLM, llama.cpp, Ollama and others.",
  options: {
    type: 'object',
    required: ['model'],
    additionalProperties: false,
    properties: {
      model: { type: 'string', minLength: 1, description: 'The model as the server names it.' },
      base_url: {
        type: 'string',
        minLength: 1,
        default: 'https://api.openai.com/v1',
        description: 'The address before /chat/completions.',
      },
      key_env: {
        type: 'string',
        minLength: 1,
        default: 'OPENAI_API_KEY',
        description: 'The environment variable that holds the key; none is sent where it is empty.',
      },
      tokens_field: {
        enum: ['max_tokens', 'max_completion_tokens'],
        default: 'max_tokens',
        description: 'What the server calls the limit of tokens.',
      },
      goes_on: {
        enum: ['never', 'as-is', 'continue_final_message', 'prefix'],
        default: 'never',
        description: 'How the server goes on with an answer that a prompt begins.',
      },
      timeout: {
        type: 'number',
        exclusiveMinimum: 0,
        default: 120,
        description: 'Seconds after which a request without an answer is given up.',
      },
      body: {
        type: 'object',
        default: {},
        description: 'Further fields of every request, as the server knows them.',
      },
    },
  },
  open: (options) => openaiChatModel(options as unknown as OpenAIOptions),
};

/**
 * A model behind OpenAI's chat API: see {@link openai}.
 *
 * @throws TunesmithError `invalid-address` for an address that is none
 */
export function openaiChatModel(
  options: Partial<OpenAIOptions> & Pick<OpenAIOptions, 'model'>,
  {
    fetch = globalThis.fetch,
    environment = globalThis.process?.env ?? {},
  }: OpenAISurroundings = {},
): ChatModel {
  const settings = completeOptions(
    chatModelKind,
    openai,
    options as PluginOptions,
  ) as unknown as OpenAIOptions;
  const address = addressOf(settings.base_url);
  const key = environment[settings.key_env]?.trim();
  const headers = {
    'content-type': 'application/json',
    ...(key ? { authorization: `Bearer ${key}` } : {}),
  };
  const ask = async (body: string, signal: AbortSignal | undefined): Promise<unknown> => {
    const limit = AbortSignal.timeout(settings.timeout * 1000);
    try {
      const response = await fetch(address, {
        method: 'POST',
        headers,
        body,
        redirect: 'error',
        signal: signal ? AbortSignal.any([signal, limit]) : limit,
      });
      const said = await response.text();
      // What a server says of a key it may say with the key in it, and messages are shown and kept.
      const text = key ? said.replaceAll(key, '…') : said;
      if (response.ok) return parsed(text, address);
      throw failureOf(response, text, { address, keyEnv: settings.key_env, hasKey: Boolean(key) });
    } catch (error) {
      signal?.throwIfAborted();
      throw failureOf(error, '', { address, timeout: settings.timeout });
    }
  };
  return {
    name: settings.model,
    async respond(messages, wanted = {}) {
      const { count = 1, signal } = wanted;
      const first = readAnswer(
        await ask(requestBody(settings, messages, wanted, count), signal),
        address,
      );
      const answers = first.answers.slice(0, count);
      let usage = first.usage;
      while (answers.length < count) {
        const missing = count - answers.length;
        const again = {
          ...wanted,
          ...(wanted.seed === undefined ? {} : { seed: wanted.seed + answers.length }),
        };
        const more = readAnswer(
          await ask(requestBody(settings, messages, again, missing), signal),
          address,
        );
        answers.push(...more.answers.slice(0, missing));
        usage = usage &&
          more.usage && {
            inputTokens: usage.inputTokens + more.usage.inputTokens,
            outputTokens: usage.outputTokens + more.usage.outputTokens,
          };
      }
      return {
        answers,
        ...(usage ? { usage } : {}),
        ...(first.model === undefined ? {} : { model: first.model }),
      };
    },
  };
}

function parsed(text: string, address: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw refuse({
      kind: 'failure',
      code: 'no-answer',
      message: `${address} answered with ${showValue(text.slice(0, 200))}, which is no JSON${text === '' ? '' : ' or half of it'}`,
      value: text.slice(0, 2000),
    });
  }
}

function addressOf(base: string): string {
  const trimmed = base.replace(/\/+$/, '');
  if (URL.canParse(trimmed)) {
    const { protocol, username, password } = new URL(trimmed);
    if (/^https?:$/.test(protocol) && username === '' && password === '')
      return `${trimmed}/chat/completions`;
  }
  throw refuse({
    code: 'invalid-address',
    message: 'base_url is no address of a server',
    accepted:
      'http:// or https:// and a host, without a name or a password: http://localhost:8000/v1',
  });
}
