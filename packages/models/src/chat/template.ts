import { Environment, Interpreter, parse, tokenize } from '@huggingface/jinja';
import { modelsError } from '../errors.ts';
import { strftime } from './strftime.ts';

/** A compiled chat template. */
export interface ChatTemplate {
  /** Renders with the template's variables: `messages`, `add_generation_prompt`, `bos_token` and so on. */
  render(variables: Readonly<Record<string, unknown>>, now: Date): string;
}

/** Marks where a `{% generation %}` block begins and ends in a rendered text: characters no text may contain. */
export const blockStart = '\uFDD0';
export const blockEnd = '\uFDD1';

const generationTag = /(^[ \t]*)?\{%(-?)\s*(end)?generation\s*(-?)%\}\n?/gm;

/** Whether a template says itself which text the model writes. */
export function hasGenerationBlocks(source: string): boolean {
  return source.search(generationTag) >= 0;
}

/**
 * Replaces the tags of generation blocks by expressions that print a mark. The renderer's own treatment is to drop the
 * tags, which would lose the places; white space is stripped around the tags as for any block tag.
 */
function markGenerationBlocks(source: string): string {
  return source.replace(
    generationTag,
    (_, __, left: string, end: string | undefined, right: string) => {
      return `{{${left}'${end ? blockEnd : blockStart}'${right}}}`;
    },
  );
}

function range(...bounds: number[]): number[] {
  const [start, stop, step] =
    bounds.length === 1 ? [0, bounds[0]!, 1] : [bounds[0]!, bounds[1]!, bounds[2] ?? 1];
  const values: number[] = [];
  for (let value = start; step > 0 ? value < stop : value > stop; value += step) values.push(value);
  return values;
}

/** An error a template raises itself, for example because roles do not alternate. */
class TemplateRefusal extends Error {}

function globals(now: Date): Record<string, unknown> {
  return {
    true: true,
    false: false,
    none: null,
    True: true,
    False: false,
    None: null,
    range,
    strftime_now: (format: string) => strftime(now, format),
    raise_exception: (message: string) => {
      throw new TemplateRefusal(message);
    },
  };
}

const compiled = new Map<string, ChatTemplate>();

/**
 * Compiles a chat template with Hugging Face's conventions: blocks are trimmed (`trim_blocks`, `lstrip_blocks`), and
 * `raise_exception`, `strftime_now`, `range` and `tojson` are there. Compiled once for each text.
 *
 * @param source the Jinja text
 * @param marked print {@link blockStart} and {@link blockEnd} around generation blocks
 * @throws `invalid-chat-template` where the text is not a template; rendering throws `chat-template-failed`
 */
export function compileTemplate(source: string, marked = false): ChatTemplate {
  const key = `${marked ? 'marked' : 'plain'}:${source}`;
  const known = compiled.get(key);
  if (known) return known;

  let program: ReturnType<typeof parse>;
  try {
    const text = marked ? markGenerationBlocks(source) : source;
    program = parse(tokenize(text, { lstrip_blocks: true, trim_blocks: true }));
  } catch (cause) {
    throw modelsError({
      code: 'invalid-chat-template',
      message: `the chat template cannot be parsed: ${(cause as Error).message}`,
      cause,
    });
  }

  const template: ChatTemplate = {
    render(variables, now) {
      const environment = new Environment();
      for (const [name, value] of Object.entries({ ...globals(now), ...variables }))
        environment.set(name, value);
      try {
        return (new Interpreter(environment).run(program) as { value: string }).value;
      } catch (cause) {
        const said =
          cause instanceof TemplateRefusal ? 'refuses the messages' : 'cannot be rendered';
        throw modelsError({
          code: 'chat-template-failed',
          message: `the chat template ${said}: ${(cause as Error).message}`,
          cause,
        });
      }
    },
  };
  compiled.set(key, template);
  return template;
}
