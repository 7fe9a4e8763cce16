import {
  TunesmithError,
  type DataFilter,
  type DataRecord,
  type FilterContext,
} from '@tunesmith/schema';
import { completed } from './completed.ts';
import { ofSchema, partOf, type RecordPart } from './text-option.ts';
import { normalize } from './unique.ts';

interface DecontaminateOptions {
  readonly against: readonly string[];
  readonly held_out: boolean;
  readonly size: number;
  readonly share: number;
  readonly of: RecordPart;
}

/**
 * Drops records that share a run of `size` words with what will be measured: the held-out splits of the recipe, and the files in
 * `against`. Words are those of {@link normalize}. A text of fewer words counts where all of it stands in the other as a run.
 *
 * With `share` above 0 a record leaves only where at least that part of its words lies in shared runs.
 *
 * Brown et al., Language Models are Few-Shot Learners (2020), appendix C. Nothing to compare with is `nothing-held-out`.
 */
export const decontaminate: DataFilter = {
  specVersion: 2,
  name: 'decontaminate',
  description: 'Drops records that share a run of words with what will be measured.',
  reference: {
    title: 'Language Models are Few-Shot Learners',
    authors: 'Brown et al.',
    year: 2020,
    url: 'https://arxiv.org/abs/2005.14165',
  },
  options: {
    type: 'object',
    properties: {
      against: {
        type: 'array',
        items: { type: 'string', minLength: 1 },
        default: [],
        description: 'Data files of what will be measured, in any format.',
      },
      held_out: {
        type: 'boolean',
        default: true,
        description:
          "Whether the recipe's held-out splits count too; known where the filter stands among those of the whole recipe.",
      },
      size: {
        type: 'integer',
        minimum: 1,
        maximum: 200,
        default: 13,
        description: 'Words of a run.',
      },
      share: {
        type: 'number',
        minimum: 0,
        maximum: 1,
        default: 0,
        description:
          'The part of its words that must lie in shared runs for a record to leave; 0: one run is enough.',
      },
      of: ofSchema,
    },
    additionalProperties: false,
  },
  async *judge(records, context, given) {
    const options = completed<DecontaminateOptions>(decontaminate, given);
    const { size, share, of } = options;
    const runs = new Map<string, string>();
    const short = new Map<number, Map<string, string>>();
    let measured = 0;
    for await (const record of measuredRecords(options, context)) {
      measured += 1;
      for (const words of textsOf(record)) {
        if (words.length >= size) {
          for (const run of runsOf(words, size)) if (!runs.has(run)) runs.set(run, record.id);
        } else if (words.length >= shortest) {
          const known = short.get(words.length) ?? new Map<string, string>();
          known.set(words.join(' '), record.id);
          short.set(words.length, known);
        }
      }
    }
    if (measured === 0) throw nothingHeldOut(options);
    const tables = [[size, runs] as const, ...short];
    for await (const record of records) {
      const words = wordsOf(partOf(record, of));
      const { covered, by } = coverage(words, tables);
      const contaminated = covered > 0 && covered >= share * words.length;
      yield contaminated
        ? {
            record,
            dropped: 'shares a run of words with held-out data',
            detail: { held_out: by, share: covered / words.length },
          }
        : { record };
    }
  },
};

/** What is held out, and what the files hold that are named. */
async function* measuredRecords(
  options: DecontaminateOptions,
  context: FilterContext,
): AsyncGenerator<DataRecord> {
  if (options.held_out) yield* context.heldOut;
  for (const path of options.against) yield* context.readRecords(path);
}

/** Shorter texts, such as `yes`, stand everywhere. */
const shortest = 5;

/** What is held out, prompt and answer apart and as one, so that each alone is found. */
function textsOf(record: DataRecord): string[][] {
  return (['record', 'prompt', 'answer'] as const)
    .map((part) => wordsOf(partOf(record, part)))
    .filter((words) => words.length > 0);
}

function wordsOf(text: string | undefined): string[] {
  const plain = normalize(text ?? '');
  return plain === '' ? [] : plain.split(' ');
}

function* runsOf(words: readonly string[], size: number): Generator<string> {
  for (let start = 0; start + size <= words.length; start++)
    yield words.slice(start, start + size).join(' ');
}

/** How many words lie in a run that a table has, and the first record that has one. */
function coverage(
  words: readonly string[],
  tables: readonly (readonly [number, ReadonlyMap<string, string>])[],
): { covered: number; by?: string } {
  const hit = new Uint8Array(words.length);
  let by: string | undefined;
  for (const [size, table] of tables) {
    let start = 0;
    for (const run of runsOf(words, size)) {
      const record = table.get(run);
      if (record !== undefined) {
        hit.fill(1, start, start + size);
        by ??= record;
      }
      start += 1;
    }
  }
  const covered = hit.reduce((sum, one) => sum + one, 0);
  return by === undefined ? { covered } : { covered, by };
}

function nothingHeldOut({ against, held_out }: DecontaminateOptions): TunesmithError {
  return new TunesmithError({
    package: '@tunesmith/datasets',
    code: 'nothing-held-out',
    message: 'data filter decontaminate: there is nothing to compare with',
    value: { against, held_out },
    accepted:
      "files in against, or a recipe with held-out rows whose own filters, not an entry's, name it",
  });
}
