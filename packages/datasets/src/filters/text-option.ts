import type { DataRecord, JSONSchema } from '@tunesmith/schema';
import { textOf } from '../text-of.ts';

/** Which text of a record a filter looks at. */
export type RecordPart = 'record' | 'prompt' | 'answer';

/** The option that chooses it. */
export const ofSchema: JSONSchema = {
  type: 'string',
  enum: ['record', 'prompt', 'answer'],
  default: 'record',
  description: 'The text that is looked at: prompt and answer together, or one of them.',
};

/** That text; undefined for records of tokens, which have none and pass. */
export function partOf(record: DataRecord, of: RecordPart): string | undefined {
  const texts = textOf(record);
  if (texts === undefined) return undefined;
  return of === 'record' ? `${texts.prompt}\n${texts.answer}` : texts[of];
}
