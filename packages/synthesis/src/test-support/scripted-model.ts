import { contentText } from '@tunesmith/datasets';
import type { ChatModel, Message, ResponseOptions } from '@tunesmith/schema';

/** A request that a scripted model was made. */
export interface Asked {
  readonly prompt: string;
  readonly messages: readonly Message[];
  readonly options: ResponseOptions;
}

/** A model that answers what a function says of its last message; `asked` is everything it was asked. */
export function scriptedModel(
  answer: (asked: Asked, times: number) => string | { text: string; finish: 'stop' | 'length' },
  name = 'scripted',
): ChatModel & { asked: Asked[] } {
  const asked: Asked[] = [];
  return {
    name,
    asked,
    async respond(messages, options = {}) {
      const request = { prompt: contentText(messages.at(-1)!), messages, options };
      asked.push(request);
      const answers = Array.from({ length: options.count ?? 1 }, () => {
        const said = answer(request, asked.length - 1);
        return typeof said === 'string' ? { text: said, finish: 'stop' as const } : said;
      });
      const outputTokens = answers.reduce((sum, { text }) => sum + text.split(/\s+/).length, 0);
      return { answers, usage: { inputTokens: request.prompt.split(/\s+/).length, outputTokens } };
    },
  };
}
