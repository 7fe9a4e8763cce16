import { UNSUPERVISED } from './rows.ts';

/**
 * What of an example that is too long stays: its beginning (`end` is cut off), its end (`start` is cut off), what reaches to
 * the end of the last answer that fits whole (`turns`), or of each question and answer a share (`proportional`).
 */
export const cuts = ['end', 'start', 'turns', 'proportional'] as const;

/** One of {@link cuts}. */
export type Cut = (typeof cuts)[number];

/** Tokens that are read, and the answer after them. */
export interface Exchange {
  readonly read: number;
  readonly answer: number;
}

/** Positions `[start, end)` of an example. */
interface Range {
  readonly start: number;
  readonly end: number;
}

/** How an example is cut. */
export interface CutOptions {
  readonly cut: Cut;
  /** Tokens that stay at most. */
  readonly maximumLength: number;
  /** Of `proportional`: the last exchange gets its share first. */
  readonly lastFirst?: boolean;
}

/** What stays of an example. */
export interface Kept {
  readonly ids: Int32Array;
  readonly labels: Int32Array;
  /** Tokens that were cut off. */
  readonly truncated: number;
  /** Answers of which no token stays. */
  readonly answersLost: number;
}

/**
 * Cuts an example to a maximum length.
 *
 * @param exchanges all of its tokens, in order
 */
export function cutExample(
  { ids, labels }: { readonly ids: Int32Array; readonly labels: Int32Array },
  exchanges: readonly Exchange[],
  options: CutOptions,
): Kept {
  if (ids.length <= options.maximumLength) return { ids, labels, truncated: 0, answersLost: 0 };
  const ranges = keptRanges(exchanges, ids.length, options);
  const kept = ranges.reduce((sum, { start, end }) => sum + end - start, 0);
  return {
    ids: joined(ids, ranges, kept),
    labels: joined(labels, ranges, kept),
    truncated: ids.length - kept,
    answersLost: answersOf(exchanges).filter(
      (answer) =>
        answer.start < answer.end &&
        !ranges.some(({ start, end }) => start < answer.end && answer.start < end),
    ).length,
  };
}

/** The exchanges of a list of labels: each run that is learned is an answer. */
export function exchangesOf(labels: ArrayLike<number>): Exchange[] {
  const exchanges: { read: number; answer: number }[] = [];
  for (let i = 0; i < labels.length; i++) {
    const learned = labels[i] !== UNSUPERVISED;
    let open = exchanges.at(-1);
    if (!open || (!learned && open.answer > 0)) exchanges.push((open = { read: 0, answer: 0 }));
    open[learned ? 'answer' : 'read']++;
  }
  return exchanges;
}

function keptRanges(
  exchanges: readonly Exchange[],
  length: number,
  { cut, maximumLength, lastFirst = false }: CutOptions,
): Range[] {
  switch (cut) {
    case 'end':
      return [{ start: 0, end: maximumLength }];
    case 'start':
      return [{ start: length - maximumLength, end: length }];
    case 'turns': {
      const whole = answersOf(exchanges).findLast(({ end }) => end <= maximumLength);
      return whole ? [{ start: 0, end: whole.end }] : [];
    }
    case 'proportional':
      return shares(exchanges, maximumLength, lastFirst);
  }
}

/**
 * LLaMA-Factory's rule (`infer_seqlen`), exchange after exchange: an answer shorter than half of the room stays whole, else what
 * is read does if it is, else both are cut in proportion; each from its end.
 */
function shares(
  exchanges: readonly Exchange[],
  maximumLength: number,
  lastFirst: boolean,
): Range[] {
  const ranges: Range[] = [];
  let room = maximumLength;
  const placed = answersOf(exchanges).map(({ start, end }, k) => ({
    read: exchanges[k]!.read,
    answer: end - start,
    start,
  }));
  for (const { read, answer, start } of lastFirst ? placed.reverse() : placed) {
    if (room <= 0) break;
    const most = mostOfAnswer(read, answer, room);
    const keptAnswer = Math.min(most, answer);
    const keptRead = Math.min(Math.max(room - keptAnswer, 0), read);
    ranges.push({ start: start - read, end: start - read + keptRead });
    ranges.push({ start, end: start + keptAnswer });
    room -= keptRead + keptAnswer;
  }
  return ranges.sort((a, b) => a.start - b.start);
}

function mostOfAnswer(read: number, answer: number, room: number): number {
  if (answer * 2 < room) return room;
  if (read * 2 < room) return room - read;
  return Math.floor(room * (answer / (read + answer)));
}

/** Where the answer of each exchange stands; empty for one that is only read. */
function answersOf(exchanges: readonly Exchange[]): Range[] {
  let at = 0;
  return exchanges.map(({ read, answer }) => {
    const start = at + read;
    at = start + answer;
    return { start, end: at };
  });
}

function joined(values: Int32Array, ranges: readonly Range[], length: number): Int32Array {
  const all = new Int32Array(length);
  let at = 0;
  for (const { start, end } of ranges) {
    all.set(values.subarray(start, end), at);
    at += end - start;
  }
  return all;
}
