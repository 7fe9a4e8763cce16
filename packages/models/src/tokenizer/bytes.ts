/** Byte-level vocabularies write each byte as a printable character: GPT-2's table. */
const characters: string[] = [];
const bytes = new Map<string, number>();
let hidden = 256;
for (let byte = 0; byte < 256; byte++) {
  const printable = (byte >= 33 && byte <= 126) || (byte >= 161 && byte <= 172) || byte >= 174;
  const character = String.fromCharCode(printable ? byte : hidden++);
  characters.push(character);
  bytes.set(character, byte);
}

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
const strict = new TextDecoder('utf-8', { ignoreBOM: true, fatal: true });

/** The characters that stand for the bytes 0 to 255. */
export const byteCharacters: readonly string[] = characters;

/** The UTF-8 bytes of a text. */
export function bytesOf(text: string): Uint8Array {
  return encoder.encode(text);
}

/** The text of bytes; what is no UTF-8 becomes U+FFFD. */
export function textOfBytes(values: readonly number[]): string {
  return decoder.decode(Uint8Array.from(values));
}

/** The text of bytes, or undefined where they are no UTF-8. */
export function textOfValidBytes(values: readonly number[]): string | undefined {
  try {
    return strict.decode(Uint8Array.from(values));
  } catch {
    return undefined;
  }
}

/** A text's bytes as the characters that stand for them. */
export function writeBytes(text: string): string {
  let written = '';
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code > 127) return written + writeEncoded(text.slice(i));
    written += characters[code]!;
  }
  return written;
}

function writeEncoded(text: string): string {
  let written = '';
  for (const byte of encoder.encode(text)) written += characters[byte]!;
  return written;
}

/** The bytes that a token's characters stand for; the token's own bytes where one of them stands for none. */
export function readBytes(token: string): number[] {
  const read: number[] = [];
  for (const character of token) {
    const byte = bytes.get(character);
    if (byte === undefined) return [...encoder.encode(token)];
    read.push(byte);
  }
  return read;
}

/** The token for a byte that a vocabulary has no character for, `<0x0A>`. */
export function byteToken(byte: number): string {
  return `<0x${byte.toString(16).toUpperCase().padStart(2, '0')}>`;
}
