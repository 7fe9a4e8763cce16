import { hash32, hashText, TunesmithError, type DataRecord } from '@tunesmith/schema';
import type { RunAnswers } from './ask-run.ts';

/** A record with what runs agree on. */
export interface LabeledRecord {
  readonly record: DataRecord;
  readonly over: RunAnswers['over'];
  readonly answers: readonly string[];
  /** How likely each answer is; adds up to 1. */
  readonly distribution: readonly number[];
}

/**
 * What several runs say of records, as one: `softmax(Σ wᵣ sᵣ / Σ wᵣ)` over the answers, sᵣ the log-likelihoods that run r gives
 * them. Records that a run could not answer are left out, and named.
 *
 * @see Schick and Schütze 2021, Exploiting Cloze Questions for Few Shot Text Classification and Natural Language Inference, §3.2
 * @throws TunesmithError `other-answers` where runs choose from other answers; `no-weight` where all count nothing
 */
export function agreed(
  records: readonly DataRecord[],
  runs: readonly RunAnswers[],
): { labeled: LabeledRecord[]; left: { code: string; message: string }[] } {
  const total = runs.reduce((sum, { weight }) => sum + weight, 0);
  if (!(total > 0)) throw refuse('no-weight', 'no run counts anything', 0, 'a weight above 0');
  const labeled: LabeledRecord[] = [];
  const missed: DataRecord[] = [];
  for (const record of new Set(records)) {
    const found = runs.map(({ scored }) => scored.get(record));
    const [first] = found;
    if (first === undefined || found.some((one) => one === undefined)) {
      missed.push(record);
      continue;
    }
    const { answers } = first;
    const means = answers.map(() => 0);
    for (const [index, run] of runs.entries()) {
      const own = found[index]!;
      requireSame(runs[0]!, run, answers, own.answers, record);
      for (const [k, answer] of answers.entries())
        means[k]! += (run.weight / total) * own.scores[own.answers.indexOf(answer)]!;
    }
    labeled.push({ record, over: runs[0]!.over, answers, distribution: softmax(means) });
  }
  return { labeled, left: missed.length === 0 ? [] : [leftOut(missed, records.length)] };
}

/** The `count` records of each answer that it is likeliest for, in their order. */
export function mostSure(labeled: readonly LabeledRecord[], count: number): LabeledRecord[] {
  return ofEachAnswer(labeled, count, sureness);
}

/**
 * As many records of each answer, drawn without replacement in proportion to how likely their answer is; in their order. Each draw
 * follows from the seed and the record's id: the largest of `log(u) / p` with u uniform are such a draw (Efraimidis and Spirakis 2006).
 *
 * @see Schick and Schütze 2021, Exploiting Cloze Questions for Few Shot Text Classification and Natural Language Inference, §3.4
 */
export function drawnBySureness(
  labeled: readonly LabeledRecord[],
  count: number,
  seed: number,
): LabeledRecord[] {
  const uniform = ({ record: { id } }: LabeledRecord): number =>
    (hash32(seed, 0, hashText(id)) + 0.5) / 2 ** 32;
  return ofEachAnswer(labeled, count, (one) => Math.log(uniform(one)) / sureness(one));
}

function sureness({ distribution }: LabeledRecord): number {
  return Math.max(...distribution);
}

function ofEachAnswer(
  labeled: readonly LabeledRecord[],
  count: number,
  rank: (one: LabeledRecord) => number,
): LabeledRecord[] {
  const byAnswer = new Map<string, LabeledRecord[]>();
  for (const one of labeled) {
    const best = one.answers[one.distribution.indexOf(sureness(one))]!;
    const own = byAnswer.get(best);
    if (own) own.push(one);
    else byAnswer.set(best, [one]);
  }
  const kept = new Set(
    [...byAnswer.values()].flatMap((own) =>
      own.toSorted((one, other) => rank(other) - rank(one)).slice(0, count),
    ),
  );
  return labeled.filter((one) => kept.has(one));
}

function softmax(scores: readonly number[]): number[] {
  const most = Math.max(...scores);
  const powers = scores.map((score) => Math.exp(score - most));
  const sum = powers.reduce((total, power) => total + power, 0);
  return powers.map((power) => power / sum);
}

function requireSame(
  first: RunAnswers,
  run: RunAnswers,
  answers: readonly string[],
  own: readonly string[],
  { id }: DataRecord,
): void {
  const same = own.length === answers.length && answers.every((answer) => own.includes(answer));
  if (same && first.over === run.over) return;
  throw refuse(
    'other-answers',
    `${run.path} chooses from ${own.join(', ')} (${run.over}) for "${id}", and ${first.path} from ${answers.join(', ')} (${first.over})`,
    own,
    'runs that choose from the same answers',
  );
}

function leftOut(missed: readonly DataRecord[], of: number): { code: string; message: string } {
  const named = missed
    .slice(0, 5)
    .map(({ id }) => id)
    .join(', ');
  return {
    code: 'not-labeled',
    message: `${missed.length} of ${of} rows were not answered by every run and are left out: ${named}${missed.length > 5 ? ', …' : ''}`,
  };
}

function refuse(code: string, message: string, value: unknown, accepted: string): TunesmithError {
  return new TunesmithError({ package: 'tunesmith', code, message, value, accepted });
}
