import type { Message } from '@tunesmith/schema';
import type { Tokenizer } from '../tokenizer/tokenizer.ts';

const known = new WeakMap<Tokenizer, readonly string[]>();

/** Every special token's text, longest first, so that a token is found before one that begins it. */
function controlTokens(tokenizer: Tokenizer): readonly string[] {
  const found = known.get(tokenizer);
  if (found) return found;
  const texts: string[] = [];
  for (let id = 0; id < tokenizer.vocabularySize; id++) {
    const text = tokenizer.isSpecial(id) ? tokenizer.token(id) : undefined;
    if (text !== undefined && text !== '') texts.push(text);
  }
  texts.sort((a, b) => b.length - a.length);
  known.set(tokenizer, texts);
  return texts;
}

/** The texts of messages and, as JSON, the tools that they call; parts that are no text have none. */
function textsOf(messages: readonly Message[]): string[] {
  return messages.flatMap(({ content, tool_calls: calls }) => [
    ...(typeof content === 'string'
      ? [content]
      : content.flatMap((part) => (part.type === 'text' ? [part.text] : []))),
    ...(calls ? [JSON.stringify(calls)] : []),
  ]);
}

/**
 * The special tokens of a tokenizer that are written out inside a text or inside messages, one entry for each place, in
 * the order of the text. Encoding turns each into its id, so that data or a prompt can end a turn or open another one.
 *
 * Where one token begins another, the longer one is found, as the tokenizer does.
 */
export function controlTokensIn(
  tokenizer: Tokenizer,
  text: string | readonly Message[],
): readonly string[] {
  const texts = typeof text === 'string' ? [text] : textsOf(text);
  const tokens = controlTokens(tokenizer);
  return texts.flatMap((one) => {
    const present = tokens.filter((token) => one.includes(token));
    const found: string[] = [];
    for (let at = 0; present.length > 0 && at < one.length;) {
      const token = present.find((candidate) => one.startsWith(candidate, at));
      if (token !== undefined) found.push(token);
      at += token?.length ?? 1;
    }
    return found;
  });
}
