import type { ChatModel, Message } from '@tunesmith/schema';
import { cannotGoOn, refuse } from '../errors.ts';

/** The part of the Vercel AI SDK that is used: the function `generateText` of the package `ai`, version 5 or 6. */
export type GenerateText = (request: {
  model: unknown;
  messages: readonly unknown[];
  maxOutputTokens?: number;
  temperature?: number;
  topP?: number;
  presencePenalty?: number;
  frequencyPenalty?: number;
  stopSequences?: string[];
  seed?: number;
  maxRetries: number;
  abortSignal?: AbortSignal;
}) => Promise<{
  text: string;
  finishReason: string;
  usage?: { inputTokens?: number | undefined; outputTokens?: number | undefined };
  response?: { modelId?: string };
}>;

/**
 * A model of the Vercel AI SDK, whoever provides it.
 *
 * ```ts
 * import { generateText } from 'ai';
 * import { anthropic } from '@ai-sdk/anthropic';
 * const model = aiSdkChatModel(anthropic('claude-sonnet-4-5'), generateText);
 * ```
 *
 * @param model a language model of a provider's package
 * @param generateText the function of the package `ai`
 * @see https://ai-sdk.dev/docs/reference/ai-sdk-core/generate-text
 */
export function aiSdkChatModel(model: unknown, generateText: GenerateText): ChatModel {
  const { modelId } = Object(model) as { modelId?: unknown };
  const name =
    typeof model === 'string' ? model : typeof modelId === 'string' ? modelId : undefined;
  if (name === undefined)
    throw refuse({
      code: 'no-model',
      message: 'this is no language model of the AI SDK',
      value: model,
      accepted: "what a provider's package gives for a name: anthropic('…')",
    });
  const one = async (
    messages: readonly Message[],
    wanted: Parameters<ChatModel['respond']>[1] & object,
    index: number,
  ) => {
    const { maxTokens, temperature, topP, presencePenalty, frequencyPenalty, stop, seed, signal } =
      wanted;
    return generateText({
      model,
      messages: messages.map(sdkMessage),
      // asking again is ours, so that it is counted
      maxRetries: 0,
      ...(maxTokens === undefined ? {} : { maxOutputTokens: maxTokens }),
      ...(temperature === undefined ? {} : { temperature }),
      ...(topP === undefined ? {} : { topP }),
      ...(presencePenalty === undefined ? {} : { presencePenalty }),
      ...(frequencyPenalty === undefined ? {} : { frequencyPenalty }),
      ...(stop === undefined ? {} : { stopSequences: [...stop] }),
      ...(seed === undefined ? {} : { seed: seed + index }),
      ...(signal === undefined ? {} : { abortSignal: signal }),
    });
  };
  return {
    name,
    async respond(messages, wanted = {}) {
      if (wanted.schema)
        throw refuse({
          code: 'no-schema',
          message: 'a model of the AI SDK is not held to a JSON schema here',
          accepted: 'a model that is reached as openai, or local',
        });
      if (messages.at(-1)?.role === 'assistant')
        throw cannotGoOn(name, 'a model that is reached as openai, or local');
      try {
        const all = await Promise.all(
          Array.from({ length: wanted.count ?? 1 }, (_, index) => one(messages, wanted, index)),
        );
        const counted = all.every(
          ({ usage }) => usage?.inputTokens !== undefined && usage.outputTokens !== undefined,
        );
        const sum = (of: 'inputTokens' | 'outputTokens') =>
          all.reduce((total, { usage }) => total + usage![of]!, 0);
        const modelId = all[0]?.response?.modelId;
        return {
          answers: all.map(({ text, finishReason }) => ({
            text,
            finish: finishReason === 'stop' || finishReason === 'length' ? finishReason : 'other',
          })),
          ...(counted
            ? { usage: { inputTokens: sum('inputTokens'), outputTokens: sum('outputTokens') } }
            : {}),
          ...(modelId === undefined ? {} : { model: modelId }),
        };
      } catch (error) {
        wanted.signal?.throwIfAborted();
        throw failure(name, error);
      }
    },
  };
}

/** A message as the SDK has it. */
function sdkMessage({ role, content }: Message): unknown {
  if (role === 'tool')
    throw refuse({
      code: 'no-tools',
      message: 'answers of tools are not passed to models of the AI SDK',
      value: role,
      accepted: 'messages of system, user and assistant',
    });
  return { role, content };
}

function failure(name: string, error: unknown) {
  const {
    statusCode: status,
    isRetryable,
    message,
    responseHeaders,
  } = Object(error) as {
    statusCode?: number;
    isRetryable?: boolean;
    message?: string;
    responseHeaders?: Record<string, string>;
  };
  const retry = Number(responseHeaders?.['retry-after']);
  return refuse({
    kind: 'failure',
    code:
      status === 429
        ? 'rate-limited'
        : isRetryable
          ? 'server-error'
          : status === undefined
            ? 'no-answer'
            : 'refused-request',
    message: `"${name}" did not answer: ${message ?? String(error)}`,
    value: { status, retryAfter: Number.isFinite(retry) ? retry : undefined },
    cause: error,
  });
}
