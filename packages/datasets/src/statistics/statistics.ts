import { isConversation, isTokenized, type DataRecord } from '@tunesmith/schema';
import { identityOf } from '../filters/unique.ts';
import { countWords, isLearned, textOf } from '../text-of.ts';
import { binLengths, describeLengths, type LengthBin, type LengthSummary } from './lengths.ts';

/** How often each value of a `meta` key occurs; records without the key count under `(none)`. */
export type Tally = Readonly<Record<string, number>>;

/** What a set of records looks like. JSON as it stands. */
export interface DataStatistics {
  readonly records: number;
  readonly kinds: {
    readonly instance: number;
    readonly conversation: number;
    readonly tokenized: number;
  };
  /** Lengths of instruction and input, and of the answers that are learned. Texts only. */
  readonly prompt: { readonly characters: LengthSummary; readonly words: LengthSummary };
  readonly answer: { readonly characters: LengthSummary; readonly words: LengthSummary };
  /** Tokens and supervised tokens of tokenized records. */
  readonly tokens: LengthSummary;
  readonly supervisedTokens: LengthSummary;
  readonly tasks: Tally;
  readonly clusters: Tally;
  readonly sources: Tally;
  readonly templates: Tally;
  readonly licenses: Tally;
  /** The lengths in words, and those in tokens of tokenized records, by powers of two. */
  readonly histograms: Readonly<
    Record<'promptWords' | 'answerWords' | 'tokens' | 'supervisedTokens', readonly LengthBin[]>
  >;
  /** Records equal to an earlier one, to the character and by their words. */
  readonly duplicates: { readonly exact: number; readonly normalized: number };
  /** Conversations with answers of which none is learned, such as those of weight 0. */
  readonly unlearned: number;
  readonly empty: { readonly prompt: number; readonly input: number; readonly answer: number };
}

const metaKeys = {
  tasks: 'task',
  clusters: 'cluster',
  sources: 'source',
  templates: 'template',
  licenses: 'license',
} as const;

/** Counts and measures records, streamed; every record is counted once. */
export async function collectStatistics(
  source: AsyncIterable<DataRecord> | Iterable<DataRecord>,
): Promise<DataStatistics> {
  const kinds = { instance: 0, conversation: 0, tokenized: 0 };
  const lengths = {
    promptCharacters: [] as number[],
    promptWords: [] as number[],
    answerCharacters: [] as number[],
    answerWords: [] as number[],
    tokens: [] as number[],
    supervised: [] as number[],
  };
  const tallies = {
    tasks: new Map<string, number>(),
    clusters: new Map<string, number>(),
    sources: new Map<string, number>(),
    templates: new Map<string, number>(),
    licenses: new Map<string, number>(),
  };
  const duplicates = { exact: 0, normalized: 0 };
  const seen = { exact: new Set<string>(), normalized: new Set<string>() };
  let unlearned = 0;
  const empty = { prompt: 0, input: 0, answer: 0 };

  for await (const record of source) {
    for (const [name, key] of Object.entries(metaKeys)) {
      const value = record.meta?.[key] ?? '(none)';
      const tally = tallies[name as keyof typeof tallies];
      tally.set(value, (tally.get(value) ?? 0) + 1);
    }
    for (const compare of ['exact', 'normalized'] as const) {
      const key = identityOf(record, compare);
      if (seen[compare].has(key)) duplicates[compare] += 1;
      seen[compare].add(key);
    }
    if (isTokenized(record)) {
      kinds.tokenized += 1;
      lengths.tokens.push(record.input_ids.length);
      lengths.supervised.push(record.labels.slice(1).filter((label) => label !== -100).length);
      continue;
    }
    kinds['messages' in record ? 'conversation' : 'instance'] += 1;
    const { prompt, answer } = textOf(record)!;
    lengths.promptCharacters.push(prompt.length);
    lengths.promptWords.push(countWords(prompt));
    if (prompt.trim() === '') empty.prompt += 1;
    if (isUnlearned(record)) unlearned += 1;
    else {
      lengths.answerCharacters.push(answer.length);
      lengths.answerWords.push(countWords(answer));
      if (answer.trim() === '') empty.answer += 1;
    }
    if ('instruction' in record && !record.input?.trim()) empty.input += 1;
  }

  const { instance, conversation, tokenized } = kinds;
  const byCount = (tally: ReadonlyMap<string, number>): Tally =>
    Object.fromEntries([...tally].toSorted(([, left], [, right]) => right - left));
  return {
    records: instance + conversation + tokenized,
    kinds,
    prompt: {
      characters: describeLengths(lengths.promptCharacters),
      words: describeLengths(lengths.promptWords),
    },
    answer: {
      characters: describeLengths(lengths.answerCharacters),
      words: describeLengths(lengths.answerWords),
    },
    tokens: describeLengths(lengths.tokens),
    supervisedTokens: describeLengths(lengths.supervised),
    tasks: byCount(tallies.tasks),
    clusters: byCount(tallies.clusters),
    sources: byCount(tallies.sources),
    templates: byCount(tallies.templates),
    licenses: byCount(tallies.licenses),
    histograms: {
      promptWords: binLengths(lengths.promptWords),
      answerWords: binLengths(lengths.answerWords),
      tokens: binLengths(lengths.tokens),
      supervisedTokens: binLengths(lengths.supervised),
    },
    duplicates,
    unlearned,
    empty,
  };
}

/** Whether a record has answers, and nothing of them is learned. */
function isUnlearned(record: DataRecord): boolean {
  if (!isConversation(record)) return false;
  const answers = record.messages.filter(({ role }) => role === 'assistant');
  return answers.length > 0 && !record.messages.some(isLearned);
}
