import type { Message } from '@tunesmith/schema';
import { modelsError } from '../errors.ts';
import type { Tokenizer } from '../tokenizer/tokenizer.ts';
import { chatTemplateOf } from './default-templates.ts';
import { leadingSpecial, trailingSpecial, unmark, type Span } from './spans.ts';
import { blockEnd, blockStart, compileTemplate, hasGenerationBlocks } from './template.ts';

/** How a conversation is rendered. */
export interface RenderChatOptions {
  /** End with the beginning of an assistant turn, for the model to go on. */
  readonly generationPrompt?: boolean;
  /** A template in place of the tokenizer's own (see {@link chatTemplateOf}). */
  readonly template?: string;
  /** More variables for the template, for example `enable_thinking`. */
  readonly variables?: Readonly<Record<string, unknown>>;
  /** What `strftime_now` takes for now. Fix it where a text must be the same tomorrow. */
  readonly now?: Date;
}

/** A conversation as text. */
export interface RenderedChat {
  readonly text: string;
  /** What the model must write, in characters: each trained assistant turn with its end-of-turn token. */
  readonly spans: readonly Span[];
  /** The special token that ends the spans; absent where the template writes none: such a model never learns to stop. */
  readonly endOfTurn?: string;
}

/** The text of a message; this package's models read text only. */
function textOf(message: Message): string {
  if (typeof message.content === 'string') return message.content;
  return message.content
    .map((part) => {
      if (part.type === 'text') return part.text;
      throw modelsError({
        code: 'unsupported-part',
        message: `a ${message.role} message holds a part of type "${part.type}"`,
        value: part.type,
        accepted: ['text'],
      });
    })
    .join('');
}

interface Turn {
  readonly role: string;
  readonly content: string;
  readonly train: boolean;
}

/** Messages as the template sees them. */
function readTurns(messages: readonly Message[]): Turn[] {
  return messages.map((message) => {
    const content = textOf(message);
    if (/[\uFDD0\uFDD1]/.test(content)) {
      throw modelsError({
        code: 'unsupported-character',
        message: `a ${message.role} message holds U+FDD0 or U+FDD1, which are no characters`,
        value: content,
      });
    }
    if (message.train === true && message.role !== 'assistant') {
      throw modelsError({
        code: 'unsupported-training-turn',
        message: `a ${message.role} message asks to be trained`,
        value: message.role,
        accepted: ['assistant'],
      });
    }
    return {
      role: message.role,
      content,
      train: message.role === 'assistant' && message.train !== false,
    };
  });
}

/**
 * Renders a conversation with the model's chat template and finds what the model must write in it.
 *
 * The places come from the template's `{% generation %}` blocks where it has them. Else each assistant turn is found by
 * rendering the conversation up to it, with the generation prompt, and up to its end: what lies between is the turn,
 * cut after its end-of-turn token. Where a template changes earlier turns later on, so that neither text begins the
 * whole, the turn's content is marked and the span reaches from it to its end-of-turn token.
 *
 * @param tokenizer brings the template and the special tokens
 * @param messages the turns; those of the assistant are trained unless `train` is false
 * @throws `invalid-chat-template`, `chat-template-failed`, `unsupported-part`; `assistant-turn-not-found` where the
 * rendered text does not show a turn's content
 */
export function renderChat(
  tokenizer: Tokenizer,
  messages: readonly Message[],
  options: RenderChatOptions = {},
): RenderedChat {
  const source = options.template ?? chatTemplateOf(tokenizer).source;
  const turns = readTurns(messages);
  const now = options.now ?? new Date();
  const tokenText = (id: number | undefined): string | undefined =>
    id === undefined ? undefined : tokenizer.token(id);
  const render = (shown: readonly Turn[], generationPrompt: boolean, marked = false): string =>
    compileTemplate(source, marked).render(
      {
        messages: shown.map(({ role, content }) => ({ role, content })),
        add_generation_prompt: generationPrompt,
        bos_token: tokenText(tokenizer.bos) ?? '',
        eos_token: tokenText(tokenizer.eos) ?? '',
        pad_token: tokenText(tokenizer.pad) ?? '',
        starts_with_bos: tokenizer.addsBos,
        ...options.variables,
      },
      now,
    );

  const { text, spans } = hasGenerationBlocks(source)
    ? blockSpans(turns, render(turns, options.generationPrompt ?? false, true))
    : foundSpans(tokenizer, turns, render(turns, options.generationPrompt ?? false), render);
  const last = spans.at(-1);
  const end = last && trailingSpecial(tokenizer, text.slice(last.start, last.end));
  return { text, spans, ...(end ? { endOfTurn: end.token } : {}) };
}

/** Text and spans of a template with generation blocks, turns that are not trained left out. */
function blockSpans(turns: readonly Turn[], marked: string): { text: string; spans: Span[] } {
  const found = unmark(marked);
  if (!found) {
    throw modelsError({
      code: 'invalid-chat-template',
      message: "the chat template's generation blocks do not enclose pieces of its text",
    });
  }
  const assistant = turns.filter((turn) => turn.role === 'assistant');
  if (assistant.every((turn) => turn.train)) return found;
  if (assistant.length !== found.spans.length) {
    throw modelsError({
      code: 'assistant-turn-not-found',
      message: `the chat template has ${found.spans.length} generation blocks for ${assistant.length} assistant turns, so turns cannot be left out of training`,
      value: found.spans.length,
      accepted: String(assistant.length),
    });
  }
  return { text: found.text, spans: found.spans.filter((_, i) => assistant[i]!.train) };
}

/** Text and spans of a template without generation blocks. */
function foundSpans(
  tokenizer: Tokenizer,
  turns: readonly Turn[],
  text: string,
  render: Render,
): { text: string; spans: Span[] } {
  const spans = turns.flatMap((turn, i) =>
    turn.train ? [turnSpan(tokenizer, text, turns, i, render)] : [],
  );
  return { text, spans };
}

type Render = (shown: readonly Turn[], generationPrompt: boolean) => string;

/** The span of one assistant turn of a template without generation blocks. */
function turnSpan(
  tokenizer: Tokenizer,
  text: string,
  turns: readonly Turn[],
  i: number,
  render: Render,
): Span {
  try {
    const before = render(turns.slice(0, i), true);
    const after = render(turns.slice(0, i + 1), false);
    if (text.startsWith(before) && text.startsWith(after) && after.length > before.length) {
      const turn = after.slice(before.length);
      const end = trailingSpecial(tokenizer, turn)?.end ?? turn.length;
      return { start: before.length, end: before.length + end };
    }
  } catch {
    // Some templates refuse a conversation that stops half way: then the content is looked for.
  }
  return contentSpan(tokenizer, text, turns, i, render);
}

/** The span of one turn by marking its content. White space at its ends stays outside the marks: templates trim it. */
function contentSpan(
  tokenizer: Tokenizer,
  text: string,
  turns: readonly Turn[],
  i: number,
  render: Render,
): Span {
  const { content } = turns[i]!;
  const core = content.trim();
  const lead = content.slice(0, content.indexOf(core));
  const markedContent =
    lead + blockStart + core + blockEnd + content.slice(lead.length + core.length);
  const mark = (shown: readonly Turn[]): Turn[] =>
    shown.map((turn, k) => (k === i ? { ...turn, content: markedContent } : turn));
  const withPrompt = render(turns, true) === text;
  const whole = unmark(render(mark(turns), withPrompt));
  const span = whole?.text === text ? whole.spans[0] : undefined;
  if (!span || whole!.spans.length !== 1 || core === '') {
    throw modelsError({
      code: 'assistant-turn-not-found',
      message: `the chat template does not show the content of message ${i} once and unchanged`,
      value: content,
      accepted:
        'a template with {% generation %} blocks, or one that prints assistant content as it is',
    });
  }
  // The conversation cut after the turn tells its end-of-turn token from the next turn's beginning.
  const cut = unmark(render(mark(turns.slice(0, i + 1)), false));
  const tail = cut?.spans[0]
    ? leadingSpecial(tokenizer, cut.text.slice(cut.spans[0].end))
    : undefined;
  const here = leadingSpecial(tokenizer, text.slice(span.end));
  return { start: span.start, end: span.end + (tail && here?.token === tail.token ? here.end : 0) };
}
