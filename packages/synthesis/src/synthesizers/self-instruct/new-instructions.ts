import { ask, within } from '../../asking/ask.ts';
import { inOrder } from '../../asking/in-order.ts';
import { promptOf } from '../../prompts/prompts.ts';
import { numberedItems } from '../../reading/numbered.ts';
import type { SynthesisRequest } from '../../synthesizer.ts';
import type { InstructionPool } from '../instruction-pool.ts';
import type { SelfInstructOptions } from './self-instruct.ts';

/** Prompts that are drawn from the pool as it stands. */
export interface Round {
  /** Prompts before it. */
  readonly number: number;
  readonly prompts: number;
}

/** The instructions that the answers of a round hold, in the order of its prompts. An answer that was cut off is left out as a whole. */
export async function* newInstructions(
  request: SynthesisRequest,
  options: SelfInstructOptions,
  pool: InstructionPool,
  round: Round,
): AsyncGenerator<string> {
  const { prompts, atOnce, seed, signal } = request;
  const writer = request.model('writer');
  const name = options.only_classification ? 'classification_instructions' : 'instructions';
  const texts = Array.from({ length: round.prompts }, () => {
    const examples = pool.examples(options.examples, options.machine_examples);
    return promptOf(prompts[name]!, {
      examples: examples.map((one, index) => `${index + 1}. ${listed(one)}`).join('\n'),
      next: `${examples.length + 1}`,
      last: `${examples.length + 8}`,
    });
  });
  const answers = inOrder(texts, atOnce, (text, index) =>
    ask(
      writer,
      text,
      within(
        {
          maxTokens: options.max_tokens,
          temperature: options.temperature,
          topP: options.top_p,
          presencePenalty: options.presence_penalty,
          stop: ['\n17.', '\n17 .'],
          seed: seed + round.number + index,
        },
        signal,
      ),
    ),
  );
  for await (const { text, finish } of answers)
    if (finish !== 'length') for (const item of numberedItems(text)) yield capitalized(item);
}

/** An instruction as a line of a list. */
function listed(text: string): string {
  return text.replace(/\s+/g, ' ').trim().replace(/:+$/, '');
}

function capitalized(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}
