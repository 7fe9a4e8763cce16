import { nearest } from '@tunesmith/schema';
import { modelsError } from '../../../errors.ts';

const date =
  '(?:\\d{4}-(?:(?:0[13578]|1[02])-(?:0[1-9]|[12]\\d|3[01])|(?:0[469]|11)-(?:0[1-9]|[12]\\d|30)|02-(?:0[1-9]|1\\d|2[0-8]))|(?:\\d\\d(?:0[48]|[2468][048]|[13579][26])|(?:[02468][048]|[13579][26])00)-02-29)';
const time =
  '(?:[01]\\d|2[0-3]):[0-5]\\d:[0-5]\\d(?:\\.\\d{1,9})?(?:Z|[+-](?:[01]\\d|2[0-3]):[0-5]\\d)';
const atom = "[A-Za-z\\d!#$%&'*+/=?^_`{|}~-]+";
const label = '[A-Za-z\\d]+(?:-[A-Za-z\\d]+)*';
/** Of at most 63 characters, so that each of its labels is no longer either. */
const hostname = `(?=.{1,63}$)${label}(?:\\.${label})*`;
const byte = '(?:25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)';
const ipv4 = `${byte}(?:\\.${byte}){3}`;
const group = '[\\da-fA-F]{1,4}';
const shortened = Array.from(
  { length: 8 },
  (_, i) =>
    `${i === 0 ? ':' : `(?:${group}:){${i}}`}${i === 7 ? ':' : `(?::|(?::${group}){1,${7 - i}})`}`,
);
const ipv6 = `(?:(?:${group}:){7}${group}|${shortened.join('|')})`;
const inPath = "(?:[A-Za-z\\d._~!$&'()*+,;=:@-]|%[\\dA-Fa-f]{2})";
const afterPath = `(?:\\?(?:${inPath}|[/?])*)?(?:#(?:${inPath}|[/?])*)?`;
const path = `(?:/${inPath}*)*`;
const uri = `[A-Za-z][A-Za-z\\d+.-]{0,15}:(?://[A-Za-z\\d.-]*(?::\\d{1,5})?${path}|${inPath}+${path})${afterPath}`;
const hex = (count: number): string => `[\\da-fA-F]{${count}}`;
const uuid = (version: string): string =>
  `${hex(8)}-${hex(4)}-${version}${hex(3)}-${version === '[\\da-fA-F]' ? hex(1) : '[89abAB]'}${hex(3)}-${hex(12)}`;
/** Counts end somewhere: small models write digits on and on. */
const some = '\\d{1,6}';
const dayPart = `(?:${some}D|${some}M(?:${some}D)?|${some}Y(?:${some}M(?:${some}D)?)?)`;
const timePart = `(?:T(?:${some}S|${some}M(?:${some}S)?|${some}H(?:${some}M(?:${some}S)?)?))`;

/** Texts of formats, as patterns; of some not every text of the format is one, and all that are one are of the format. */
const patterns: Readonly<Record<string, string>> = {
  date,
  time,
  'date-time': `${date}T${time}`,
  duration: `P(?:${dayPart}${timePart}?|${timePart}|${some}W)`,
  email: `(?=[^@]{1,64}@.{1,63}$)${atom}(?:\\.${atom})*@(?:${label}\\.)+${label}`,
  hostname,
  ipv4,
  ipv6,
  ipvanyaddress: `(?:${ipv4}|${ipv6})`,
  ipv4network: `${ipv4}/(?:3[0-2]|[12]?\\d)`,
  ipv6network: `${ipv6}/(?:12[0-8]|1[01]\\d|[1-9]?\\d)`,
  uri,
  'uri-reference': `(?:${uri}|(?:/(?:${inPath}+${path})?|${inPath.replace(';=:@', ';=@')}+${path})?${afterPath})`,
  iri: uri,
  url: `https?://(?:${label}\\.)+[A-Za-z]{2,}(?::\\d{1,5})?(?:(?:/${inPath}*)+${afterPath})?`,
  uuid: uuid('[\\da-fA-F]'),
  ...Object.fromEntries([1, 3, 4, 5, 6, 7, 8].map((n) => [`uuid${n}`, uuid(String(n))])),
  'json-pointer': '(?:/(?:[^~/]|~[01])*)*',
  byte: '(?:[A-Za-z\\d+/]{4})*(?:[A-Za-z\\d+/]{2}==|[A-Za-z\\d+/]{3}=)?',
  base64: '(?:[A-Za-z\\d+/]{4})*(?:[A-Za-z\\d+/]{2}==|[A-Za-z\\d+/]{3}=)?',
  base64url: '(?:[A-Za-z\\d_-]{4})*(?:[A-Za-z\\d_-]{2,3})?',
};

/** Formats that say what a text is for, and nothing of how it is written. */
const uses = new Set(['password', 'binary', 'path', 'file-path', 'directory-path', 'includes']);

/** Formats of JSON Schema that no pattern here stands for. */
const standard = new Set([
  'idn-email',
  'idn-hostname',
  'iri-reference',
  'uri-template',
  'relative-json-pointer',
  'regex',
]);

/**
 * The pattern of a whole text of a format; `undefined` where the format says nothing of how it is written, as that of a pattern beside
 * it whose name no standard knows.
 *
 * @throws `unsupported-schema`
 */
export function patternOfFormat(
  format: unknown,
  where: string,
  hasPattern: boolean,
): string | undefined {
  const name = String(format);
  if (Object.hasOwn(patterns, name)) return patterns[name];
  if (uses.has(name) || (hasPattern && !standard.has(name))) return undefined;
  const accepted = [...Object.keys(patterns), ...uses];
  throw modelsError({
    code: 'unsupported-schema',
    message: `${where}: "format" is ${JSON.stringify(format)}`,
    value: format,
    accepted: [...accepted, 'a name of your own with a "pattern" beside it'],
    nearest: nearest(name, accepted),
  });
}
