import {
  chatLanguage,
  compileJinja,
  JinjaError,
  type JinjaReason,
  type JinjaTemplate,
} from '@tunesmith/jinja';
import { modelsError } from '../errors.ts';

/** A compiled chat template. */
export interface ChatTemplate {
  /**
   * Renders with the template's variables: `messages`, `add_generation_prompt`, `bos_token` and so on. `tools` and
   * `documents` are None where they are not given.
   *
   * @throws `chat-template-failed`, `unsupported-chat-template`, `chat-template-limit`
   */
  render(variables: Readonly<Record<string, unknown>>, now: Date): string;
}

/** Marks where a `{% generation %}` block begins and ends in a rendered text: characters no text may contain. */
export const blockStart = '\uFDD0';
export const blockEnd = '\uFDD1';

const codes: Readonly<Record<JinjaReason, { readonly code: string; readonly said: string }>> = {
  syntax: { code: 'invalid-chat-template', said: 'cannot be parsed' },
  failed: { code: 'chat-template-failed', said: 'cannot be rendered' },
  refused: { code: 'chat-template-failed', said: 'refuses the messages' },
  unsupported: { code: 'unsupported-chat-template', said: 'cannot be rendered' },
  limit: { code: 'chat-template-limit', said: 'is stopped' },
};

/** Runs a part of a template's life and names what goes wrong in it. */
function named<T>(work: () => T): T {
  try {
    return work();
  } catch (cause) {
    if (!(cause instanceof JinjaError)) throw cause;
    const { code, said } = codes[cause.reason];
    const { line } = cause.place;
    const at = line === undefined ? '' : ` (line ${line})`;
    throw modelsError({ code, message: `the chat template ${said}: ${cause.said}${at}`, cause });
  }
}

const compiled = new Map<string, JinjaTemplate>();

/** How many compiled templates are kept. */
const kept = 64;

function compile(source: string): JinjaTemplate {
  const known = compiled.get(source);
  if (known) return known;
  const template = named(() => compileJinja(source, chatLanguage));
  if (compiled.size >= kept) compiled.delete(compiled.keys().next().value!);
  compiled.set(source, template);
  return template;
}

/** Whether a template says itself which text the model writes. @throws like {@link compileTemplate} */
export function hasGenerationBlocks(source: string): boolean {
  return compile(source).hasGeneration;
}

/**
 * Compiles a chat template as transformers 5 does: jinja2's immutable sandbox with trimmed blocks (`trim_blocks`,
 * `lstrip_blocks`), `break` and `continue`, `{% generation %}`, and the functions `raise_exception`, `strftime_now` and
 * `tojson`. What is rendered is what Python renders; a construct that is not supported is an error that names it. Compiled
 * once for each text. The work a template may ask for is limited.
 *
 * @param source the Jinja text
 * @param marked print {@link blockStart} and {@link blockEnd} around generation blocks
 * @throws `invalid-chat-template` where the text is not a template, `unsupported-chat-template`, `chat-template-limit`
 */
export function compileTemplate(source: string, marked = false): ChatTemplate {
  const template = compile(source);
  const marks = marked ? ([blockStart, blockEnd] as const) : undefined;
  return {
    render: (variables, now) =>
      named(() => {
        const all = { tools: null, documents: null, ...variables };
        return template.render(all, { now, ...(marks ? { marks } : {}) });
      }),
  };
}
