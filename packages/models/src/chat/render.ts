import type { Conversation, Message } from '@tunesmith/schema';
import { modelsError } from '../errors.ts';
import type { Tokenizer } from '../tokenizer/tokenizer.ts';
import { chatTemplateOf } from './default-templates.ts';
import { endAfter, locateTurn } from './locate.ts';
import type { Render, Scene, TurnPlace } from './probes.ts';
import { trailingSpecial, unmark, withoutMarks, type Span } from './spans.ts';
import { compileTemplate, hasGenerationBlocks } from './template.ts';
import { learnedPieces } from './pieces.ts';
import { readTurns, type Turn } from './turns.ts';

/** How a conversation is rendered. */
export interface RenderChatOptions {
  /** End with the beginning of an assistant turn, for the model to go on. */
  readonly generationPrompt?: boolean;
  /** Definitions of the tools that the conversation may call, as the template's `tools`. */
  readonly tools?: Conversation['tools'] | undefined;
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
  /**
   * What the model must write, in characters: each trained assistant turn with its end-of-turn token, or those of its pieces
   * that are trained; the token goes with the last piece.
   */
  readonly spans: readonly Span[];
  /** Where the last trained turn ends, with its end-of-turn token; absent where no turn is trained. */
  readonly lastEnd?: number;
  /** The token that ends the last span; absent where the template writes none: such a model never learns to stop. */
  readonly endOfTurn?: string;
  /**
   * Trained turns, as indices of messages, whose place the text does not tell: the template leaves them out, changes them
   * or shows them in a way that cannot be told from the rest. No span covers them.
   */
  readonly unplaced: readonly number[];
  /** Whether the text shows the tools and the calls of tools; absent where there are none. */
  readonly showsTools?: boolean;
}

/**
 * Renders a conversation with the model's chat template and finds what the model must write in it.
 *
 * The places come from the template's `{% generation %}` blocks where it has them; a token that ends the turn right after
 * a block belongs to it. Else each assistant turn is looked for (see `locateTurn`): it reaches from where generation
 * begins to the token that ends it, and nothing that the template writes after that is learned.
 *
 * @param tokenizer brings the template and the special tokens
 * @param messages the turns; those of the assistant are trained unless `train` is false
 * @throws `invalid-chat-template`, `chat-template-failed`, `unsupported-part`, `unsupported-character`
 */
export function renderChat(
  tokenizer: Tokenizer,
  messages: readonly Message[],
  options: RenderChatOptions = {},
): RenderedChat {
  const source = options.template ?? chatTemplateOf(tokenizer, options.tools).source;
  const { generationPrompt = false, tools } = options;
  const turns = readTurns(messages);
  const marked = renderer(tokenizer, source, options);
  const render: Render = (shown, asked) => withoutMarks(marked(shown, asked));
  const whole = marked(turns, generationPrompt);
  const text = withoutMarks(whole);
  const scene: Scene = { tokenizer, turns, text, generationPrompt, render };
  const trained = [...turns.keys()].filter((i) => turns[i]!.train);
  const found = hasGenerationBlocks(source)
    ? blockPlaces(scene, whole, marked)
    : trained.map((i) => {
        const place = locateTurn(scene, i);
        return place && { turn: i, ...place };
      });
  const pieced = found?.map((place) => {
    const spans = place && learnedPieces(scene, place);
    return place && spans && { spans, ...place };
  });
  const places = pieced?.filter((place) => place !== undefined) ?? [];
  const last = places.at(-1);
  return {
    text,
    spans: places.flatMap(({ spans }) => spans),
    unplaced: pieced ? trained.filter((_, k) => k in pieced && !pieced[k]) : trained,
    ...(last ? { lastEnd: last.end } : {}),
    ...(last?.endOfTurn === undefined ? {} : { endOfTurn: last.endOfTurn }),
    ...showingTools(scene, tools && renderer(tokenizer, source, { ...options, tools: undefined })),
  };
}

/** Renders with the template, its generation blocks marked. */
export function renderer(tokenizer: Tokenizer, source: string, options: RenderChatOptions): Render {
  const now = options.now ?? new Date();
  const tokenText = (id: number | undefined): string =>
    (id === undefined ? undefined : tokenizer.token(id)) ?? '';
  const template = compileTemplate(source, true);
  return (shown, generationPrompt) =>
    template.render(
      {
        messages: shown.map(({ role, content, more }) => withReasoning({ role, content, ...more })),
        tools: options.tools ?? null,
        documents: null,
        add_generation_prompt: generationPrompt,
        bos_token: tokenText(tokenizer.bos),
        eos_token: tokenText(tokenizer.eos),
        pad_token: tokenText(tokenizer.pad),
        starts_with_bos: tokenizer.addsBos,
        ...options.variables,
      },
      now,
    );
}

/** What templates call the reasoning before an answer; the first one that a message has is taken. */
const reasoningNames = ['reasoning_content', 'thinking', 'reasoning'];

/** A message with its reasoning under the names that templates read, as in transformers 5.24. */
function withReasoning(message: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const name = reasoningNames.find((one) => message[one] !== undefined);
  if (name === undefined) return message;
  return { thinking: message[name], ...message, reasoning_content: message[name] };
}

/** Whether the text is another one without the tools, and without the calls of tools. */
function showingTools(
  { turns, text, generationPrompt, render }: Scene,
  renderWithoutTools: Render | undefined,
): Pick<RenderedChat, 'showsTools'> {
  const calling = turns.some(({ more }) => more['tool_calls'] !== undefined);
  const changes = (rendering: () => string): boolean => {
    try {
      return withoutMarks(rendering()) !== text;
    } catch {
      // A template that needs them uses them.
      return true;
    }
  };
  const shown = [
    ...(renderWithoutTools ? [() => renderWithoutTools(turns, generationPrompt)] : []),
    ...(calling ? [() => render(turns.map(withoutCalls), generationPrompt)] : []),
  ].map(changes);
  return shown.length > 0 ? { showsTools: shown.every(Boolean) } : {};
}

function withoutCalls(turn: Turn): Turn {
  const { tool_calls: _, ...more } = turn.more;
  return { ...turn, more };
}

/** A generation block, and the message it shows where blocks and answers are as many. */
interface BlockPlace extends TurnPlace {
  readonly turn?: number;
}

/**
 * The trained turns of a template with generation blocks. Undefined where the blocks are not one for each assistant turn, so
 * that turns cannot be left out of training.
 */
function blockPlaces(scene: Scene, whole: string, renderMarked: Render): BlockPlace[] | undefined {
  const { turns } = scene;
  const blocks = unmark(whole);
  if (!blocks) {
    throw modelsError({
      code: 'invalid-chat-template',
      message: "the chat template's generation blocks do not enclose pieces of its text",
    });
  }
  const assistant = [...turns.keys()].filter((i) => turns[i]!.role === 'assistant');
  if (assistant.length === blocks.spans.length) {
    return assistant.flatMap((i, k) =>
      turns[i]!.train ? [{ turn: i, ...closed(scene, i, blocks.spans[k]!, renderMarked) }] : [],
    );
  }
  if (assistant.every((i) => turns[i]!.train && !turns[i]!.pieces)) {
    return blocks.spans.map((span, k) => {
      const place = closed(scene, turns.length - 1, span, renderMarked);
      // What ends the turn may be a block of its own.
      return place.end > (blocks.spans[k + 1]?.start ?? place.end) ? span : place;
    });
  }
  return undefined;
}

/** A generation block with the token that ends its turn, in the block or right after it. */
function closed(scene: Scene, i: number, block: Span, renderMarked: Render): TurnPlace {
  const inside = trailingSpecial(scene.tokenizer, scene.text.slice(block.start, block.end));
  if (inside) return { endOfTurn: inside.token, ...block };
  const place = endAfter(scene, i, block.end, () => {
    try {
      const cut = unmark(renderMarked(scene.turns.slice(0, i + 1), false));
      const end = cut?.spans.at(-1)?.end;
      return cut && end !== undefined ? { whole: cut.text, tail: cut.text.slice(end) } : undefined;
    } catch {
      return undefined;
    }
  });
  return { start: block.start, ...place };
}
