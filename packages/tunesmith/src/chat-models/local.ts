import type { LanguageModel } from '@tunesmith/models';
import {
  listOf,
  TunesmithError,
  type ChatModel,
  type ChatModelPlugin,
  type ChatResponse,
  type Message,
  type OneOrSeveral,
  type ResponseOptions,
} from '@tunesmith/schema';
import type { ModelOptions } from '../open-session.ts';

/** The options of {@link local}. */
interface LocalOptions {
  readonly model: string;
  readonly adapter?: OneOrSeveral<string>;
  readonly precision?: NonNullable<ModelOptions['precision']>;
  readonly device: string;
  readonly threads?: number;
  readonly batch: number;
}

/** A model of ours that answers requests, several in one batch. */
export const local: ChatModelPlugin = {
  specVersion: 2,
  name: 'local',
  description:
    'A checkpoint that answers on this machine: a folder, a GGUF file, a run, or a name on the hub.',
  options: {
    type: 'object',
    required: ['model'],
    additionalProperties: false,
    properties: {
      model: {
        type: 'string',
        minLength: 1,
        description: "The model's folder or GGUF file, a run's folder, or org/name on the hub.",
      },
      adapter: {
        anyOf: [
          { type: 'string', minLength: 1 },
          { type: 'array', minItems: 1, items: { type: 'string', minLength: 1 } },
        ],
        description: 'The folder of an adapter on top, or of several.',
      },
      precision: {
        enum: ['float32', 'int16', 'int8', 'nf4', 'blocks'],
        description: 'What its linear maps are computed in; float32, or as its run trained.',
      },
      device: { type: 'string', minLength: 1, default: 'auto', description: 'Where it runs.' },
      threads: {
        type: 'integer',
        minimum: 1,
        description: 'Threads of the device; one for each core where it is absent.',
      },
      batch: {
        type: 'integer',
        minimum: 1,
        default: 8,
        description: 'Requests that are answered side by side.',
      },
    },
  },
  nameOf: (options) => nameOf(options as unknown as LocalOptions),
  async open(options) {
    const { batch, ...of } = options as unknown as LocalOptions;
    const { openSession } = await import('../open-session.ts');
    const { languageModelOf } = await import('../session-model.ts');
    const session = await openSession(of);
    const language = await languageModelOf(session, session.adapters, {
      prefixCacheBytes: 2 ** 28,
    });
    return {
      ...localChatModel(language, {
        name: nameOf(of),
        batch,
      }),
      async close() {
        await language.dispose();
        await session.close();
      },
    };
  },
};

function nameOf({ model, adapter }: Pick<LocalOptions, 'model' | 'adapter'>): string {
  return [model, ...listOf(adapter)].join(' with ');
}

interface Waiting {
  readonly messages: readonly Message[];
  readonly options: ResponseOptions;
  readonly resolve: (response: ChatResponse) => void;
  readonly reject: (reason: unknown) => void;
}

/**
 * A language model as one that answers. Requests that come while it is busy, or in the same turn of the event loop, are answered together
 * where their options are alike; an answer depends on its request and its seed alone.
 *
 * @param options.batch requests that are answered side by side
 */
export function localChatModel(
  language: LanguageModel,
  { name, batch }: { readonly name: string; readonly batch: number },
): ChatModel {
  const waiting: Waiting[] = [];
  let busy = false;
  const work = async (): Promise<void> => {
    busy = true;
    // those that are asked for in the same turn come together
    await new Promise((resolve) => setTimeout(resolve, 0));
    while (waiting.length > 0) {
      const alike = likeness(waiting[0]!);
      const some = waiting.filter((one) => likeness(one) === alike).slice(0, batch);
      for (const one of some) waiting.splice(waiting.indexOf(one), 1);
      try {
        for (const [index, response] of (await answered(language, some)).entries())
          some[index]!.resolve(response);
      } catch (error) {
        for (const one of some) one.reject(error);
      }
    }
    busy = false;
  };
  return {
    name,
    respond(messages, options = {}) {
      return new Promise((resolve, reject) => {
        waiting.push({ messages, options, resolve, reject });
        if (!busy) void work();
      });
    },
  };
}

/** What requests share that are answered together. */
function likeness({
  options: { seed: _seed, key: _key, signal: _signal, ...options },
}: Waiting): string {
  return JSON.stringify(Object.entries(options).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

async function answered(
  language: LanguageModel,
  some: readonly Waiting[],
): Promise<ChatResponse[]> {
  const { options } = some[0]!;
  const {
    maxTokens,
    temperature = 0,
    topP,
    presencePenalty,
    frequencyPenalty,
    stop,
    count = 1,
    schema,
    signal,
  } = options;
  // without chance all answers are the same one
  const samples = temperature > 0 ? count : 1;
  const written = await language.generate(
    some.map(({ messages }) => messages),
    {
      temperature,
      samples,
      places: some.map(({ options: { seed = 0 } }) => seed),
      ...(maxTokens === undefined ? {} : { maximumTokens: maxTokens }),
      ...(topP === undefined || topP === 1 ? {} : { topP }),
      ...(presencePenalty ? { presencePenalty } : {}),
      ...(frequencyPenalty ? { frequencyPenalty } : {}),
      ...(stop === undefined ? {} : { stop }),
      ...(schema === undefined ? {} : { output: { schema: { ...schema } } }),
      ...(signal === undefined ? {} : { signal }),
    },
  );
  return some.map((_, index) => {
    const own = written.slice(index * samples, (index + 1) * samples);
    if (own.length < samples || own[0] === undefined) throw noAnswer(index);
    const first = own[0];
    return {
      answers: Array.from({ length: count }, (__, k) => {
        const { text, finishReason } = own[k] ?? first;
        return { text, finish: finishReason === 'length' ? 'length' : 'stop' };
      }),
      usage: {
        inputTokens: first.promptTokens,
        outputTokens: own.reduce((sum, { ids }) => sum + ids.length, 0),
      },
    };
  });
}

function noAnswer(index: number): TunesmithError {
  return new TunesmithError({
    package: 'tunesmith',
    kind: 'failure',
    code: 'no-answer',
    message: `request ${index} of a batch was not answered`,
  });
}
