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

function decoded(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
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
