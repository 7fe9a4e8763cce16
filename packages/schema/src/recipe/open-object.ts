import { Type, type TUnsafe } from 'typebox';

/** An object whose keys a plugin knows and checks. */
export function openObject(
  description: string,
): TUnsafe<Record<string, unknown>> & { type: 'object' } {
  return Type.Unsafe<Record<string, unknown>>({
    type: 'object',
    additionalProperties: true,
    description,
  }) as TUnsafe<Record<string, unknown>> & { type: 'object' };
}
