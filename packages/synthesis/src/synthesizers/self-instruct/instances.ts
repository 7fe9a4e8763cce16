import { ask, within } from '../../asking/ask.ts';
import { promptOf } from '../../prompts/prompts.ts';
import { consistent, inputFirst, outputFirst, type Exchange } from '../../reading/instances.ts';
import type { SynthesisRequest } from '../../synthesizer.ts';
import type { SelfInstructOptions } from './self-instruct.ts';

/** The examples of an instruction: asked for labels first where it is classification, inputs first elsewhere. */
export async function writeInstances(
  instruction: string,
  { model, prompts, signal }: SynthesisRequest,
  options: SelfInstructOptions,
): Promise<{ examples: Exchange[]; classification: boolean; generator: string }> {
  const classification =
    options.only_classification ||
    (await isClassification(instruction, model('judge'), prompts['is_classification']!, signal));
  const answerer = model('answerer');
  const text = promptOf(prompts[classification ? 'output_first' : 'input_first']!, {
    instruction,
    examples: `${options.instances}`,
  });
  const { text: written, finish } = await ask(
    answerer,
    text,
    within(
      {
        maxTokens: classification ? 300 : 350,
        temperature: 0,
        presencePenalty: 1.5,
        stop: [`Example ${options.instances + 1}`, '\nTask:'],
      },
      signal,
    ),
  );
  const found = classification ? outputFirst(written) : inputFirst(written);
  // the last one of an answer that was cut off is half an example
  const whole = finish === 'length' ? found.slice(0, -1) : found;
  return {
    examples: consistent(whole).slice(0, options.instances),
    classification,
    generator: answerer.name,
  };
}

async function isClassification(
  instruction: string,
  judge: ReturnType<SynthesisRequest['model']>,
  prompt: string,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  const { text } = await ask(
    judge,
    promptOf(prompt, { instruction }),
    within({ maxTokens: 3, temperature: 0, stop: ['\n'] }, signal),
  );
  return /^\W*yes\b/i.test(text);
}
