import { readExpression } from '../expression.ts';
import type { Grammar } from '../grammar.ts';
import { stringOf } from '../json-text.ts';
import { bounds, refuse, type Keywords } from './keywords.ts';

const date =
  '\\d{4}-(?:(?:0[13578]|1[02])-(?:0[1-9]|[12]\\d|3[01])|(?:0[469]|11)-(?:0[1-9]|[12]\\d|30)|02-(?:0[1-9]|1\\d|2[0-8]))';
const time =
  '(?:[01]\\d|2[0-3]):[0-5]\\d:[0-5]\\d(?:\\.\\d{1,6})?(?:Z|[+-](?:[01]\\d|2[0-3]):[0-5]\\d)';

/** Formats, as patterns; some dates are left out (leap days), so that every text is one. */
const formats: Readonly<Record<string, string>> = {
  date,
  time,
  'date-time': `${date}T${time}`,
  uuid: '[\\da-f]{8}-[\\da-f]{4}-[\\da-f]{4}-[\\da-f]{4}-[\\da-f]{12}',
};

/** Strings of a pattern or a format, and of a length. */
export function textOf(schema: Keywords, where: string): Grammar {
  const { pattern, format } = schema;
  const { least, most } = bounds(schema, ['minLength', 'maxLength'], where);
  if (pattern !== undefined && format !== undefined)
    refuse(where, '"pattern" and "format" together', format, 'one of them');
  if (format !== undefined && !(typeof format === 'string' && Object.hasOwn(formats, format)))
    refuse(where, `"format" is ${JSON.stringify(format)}`, format, Object.keys(formats));
  if (pattern !== undefined && typeof pattern !== 'string')
    refuse(where, '"pattern" is no text', pattern, 'a regular expression', 'invalid-schema');
  const read =
    format === undefined
      ? pattern && readExpression(pattern as string, 'anywhere')
      : readExpression(formats[format as string]!, 'whole');
  return stringOf(read || undefined, least, most);
}
