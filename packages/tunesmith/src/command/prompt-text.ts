import { TunesmithError } from '@tunesmith/schema';

/**
 * The bytes of standard input as a prompt, without the white space at its end.
 *
 * @throws TunesmithError `invalid-utf-8` for bytes that are no text, `no-prompt` where there is nothing
 */
export function promptText(bytes: Uint8Array): string {
  const text = decoded(bytes).trimEnd();
  if (text !== '') return text;
  throw new TunesmithError({
    package: 'tunesmith',
    code: 'no-prompt',
    message: 'there is no prompt',
    accepted: '--prompt TEXT, or text on standard input',
  });
}

/**
 * The lines of standard input, as they come.
 *
 * @throws TunesmithError `invalid-utf-8` for bytes that are no text
 */
export async function* linesOf(input: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let begun = '';
  for await (const bytes of input) {
    const lines = (begun + decoded(bytes, decoder, true)).split(/\r?\n/);
    begun = lines.pop()!;
    yield* lines;
  }
  const last = begun + decoded(new Uint8Array(), decoder, false);
  if (last !== '') yield last;
}

function decoded(
  bytes: Uint8Array,
  decoder = new TextDecoder('utf-8', { fatal: true }),
  stream = false,
): string {
  try {
    return decoder.decode(bytes, { stream });
  } catch (cause) {
    throw new TunesmithError({
      package: 'tunesmith',
      code: 'invalid-utf-8',
      message: 'standard input: bytes that are not UTF-8 text',
      accepted: 'UTF-8; convert it first, for example with iconv',
      cause,
    });
  }
}
