import { nearest, TunesmithError } from '@tunesmith/schema';

/** A piece of a pattern or of a word: text, or the place of a field. */
export type Piece = { readonly text: string } | { readonly field: string };

/**
 * Takes a text with `{field}`, `{{` and `}}` apart.
 *
 * @param where what it is of, for messages
 * @throws TunesmithError `lone-brace`, and `unknown-field` naming the nearest
 */
export function piecesOf(text: string, known: readonly string[], where: string): Piece[] {
  return [...text.matchAll(/\{\{|\}\}|\{([^{}]*)\}|[{}]|[^{}]+/g)].map(([token, field]): Piece => {
    if (field === undefined) {
      if (token === '{' || token === '}')
        throw clozeError(
          'lone-brace',
          `${where} has a lone ${token}`,
          text,
          '{field}, {mask}, {{ or }}',
        );
      return { text: token === '{{' || token === '}}' ? token[0]! : token };
    }
    if (known.includes(field)) return { field };
    const close = nearest(field, known);
    throw new TunesmithError({
      package: '@tunesmith/prompt',
      code: 'unknown-field',
      message: `${where} names {${field}}, which is no field of the task`,
      value: field,
      accepted: known,
      ...(close === undefined ? {} : { nearest: close }),
    });
  });
}

/** The pieces as one text. */
export function joined(pieces: readonly Piece[], valueOf: (field: string) => string): string {
  return pieces.map((piece) => ('text' in piece ? piece.text : valueOf(piece.field))).join('');
}

/** An error about cloze questions. */
export function clozeError(
  code: string,
  message: string,
  value: unknown,
  accepted: string | readonly string[],
): TunesmithError {
  return new TunesmithError({ package: '@tunesmith/prompt', code, message, value, accepted });
}
