import { TunesmithError, type DataFilter } from '@tunesmith/schema';
import { completed } from './completed.ts';
import { ofSchema, partOf, type RecordPart } from './text-option.ts';

interface LanguageOptions {
  readonly keep: readonly string[];
  readonly unsure: 'keep' | 'drop';
  readonly least_letters: number;
  readonly of: RecordPart;
}

/**
 * Keeps records in some languages, as the n-grams of `eld` tell sixty of them apart. Texts of which it is not sure, short ones
 * above all, stay unless `unsure` says otherwise; both are counted. A language that it does not know is `invalid-filter`.
 */
export const language: DataFilter = {
  specVersion: 2,
  name: 'language',
  description: 'Keeps records in the languages that are named.',
  reference: {
    title: 'Efficient language detector',
    authors: 'Nito T.M.',
    year: 2023,
    url: 'https://github.com/nitotm/efficient-language-detector-js',
  },
  options: {
    type: 'object',
    properties: {
      keep: {
        type: 'array',
        items: { type: 'string', minLength: 2 },
        minItems: 1,
        default: ['en'],
        description: 'The languages that stay, by their codes in ISO 639-1.',
      },
      unsure: {
        type: 'string',
        enum: ['keep', 'drop'],
        default: 'keep',
        description: 'What becomes of texts whose language is not sure.',
      },
      least_letters: {
        type: 'integer',
        minimum: 0,
        default: 15,
        description: 'Of texts with fewer letters it is not sure.',
      },
      of: ofSchema,
    },
    additionalProperties: false,
  },
  check: (given) => {
    const unknown = completed<LanguageOptions>(language, given).keep.find(
      (code) => !known.includes(code),
    );
    if (unknown === undefined) return;
    throw new TunesmithError({
      package: '@tunesmith/datasets',
      code: 'invalid-filter',
      message: `data filter language: "${unknown}" is no language that it knows`,
      value: unknown,
      accepted: known,
    });
  },
  async *judge(records, _context, given) {
    const { keep, unsure, least_letters: least, of } = completed<LanguageOptions>(language, given);
    // Its tables take a moment and some memory: nobody pays for them who does not ask.
    const { eld } = await import('eld/medium');
    for await (const record of records) {
      const text = partOf(record, of);
      if (text === undefined || text.trim() === '') {
        yield { record };
        continue;
      }
      const found = eld.detect(text);
      const code = found.language;
      if (code === '' || !found.isReliable() || lettersOf(text) < least)
        yield unsure === 'drop'
          ? { record, dropped: 'language not sure', detail: { language: code } }
          : { record, noted: ['language not sure'] };
      else if (keep.includes(code)) yield { record };
      else yield { record, dropped: `language ${code}`, detail: { language: code } };
    }
  },
};

function lettersOf(text: string): number {
  return text.match(/\p{L}/gu)?.length ?? 0;
}

/** What the detector tells apart. */
export const known: readonly string[] =
  'am ar az be bg bn ca cs da de el en es et eu fa fi fr gu he hi hr hu hy is it ja ka kn ko ku lo lt lv ml mr ms nl no or pa pl pt ro ru sk sl sq sr sv ta te th tl tr uk ur vi yo zh'.split(
    ' ',
  );
