import type { JSONSchema } from '@tunesmith/schema';

/** A key that holds text. */
export function text(description: string) {
  return { type: 'string', description } as const;
}

/** A key that holds text which may not be empty. */
export function filledText(description: string) {
  return { type: 'string', minLength: 1, description } as const;
}

/** A list of texts. */
export function texts(description: string) {
  return { type: 'array', items: { type: 'string' }, description } as const;
}

/** The key that names a row. */
export const idField: JSONSchema = {
  type: ['string', 'number'],
  description: 'Unique within the file.',
};

/** A row's own id, else the given one. */
export function idOf(id: string | number | undefined, given: string): string {
  return id === undefined ? given : `${id}`;
}

/** An id as a number where it is one, for formats that number their rows. */
export function numberOf(id: string): number | string {
  return /^(?:0|[1-9]\d{0,14})$/.test(id) ? Number(id) : id;
}
