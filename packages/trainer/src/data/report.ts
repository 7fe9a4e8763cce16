/** How many examples something happened to, and the first few of their ids. */
export interface Tally {
  examples: number;
  /** The first twenty ids, in order. */
  ids: string[];
}

/** Ids that a tally names. */
const NAMED = 20;

/** What happened to the records on their way to rows; nothing is dropped or changed without standing here. */
export interface DataReport {
  /** Records read. */
  records: number;
  /** Examples that train. */
  examples: number;
  /** Tokens of those examples. */
  tokens: number;
  /** Tokens among them that carry a loss. */
  supervisedTokens: number;
  /** Rows, and tokens in each. */
  rows: number;
  tokensPerRow: number;
  /** Share of the rows' places that hold tokens, 0 to 1. */
  fill: number;
  /** Examples cut at the maximum length, and the tokens lost. */
  truncated: Tally & { tokens: number };
  /** Examples left out because nothing in them is supervised. */
  unsupervised: Tally;
  /** Examples whose text began with two begin tokens; one was removed. In tokenised records they are left and counted. */
  doubleBegin: Tally;
  /** Examples whose last answer ended without an end token; the tokenizer's was added. */
  endAdded: Tally;
  /** Examples whose last answer ends without an end token and the tokenizer has none to add. */
  endMissing: Tally;
  /** Examples whose answers end with a token at which generation does not stop: it is not among the tokenizer's end ids. */
  endNotStopping: Tally;
}

/** A report in which nothing has happened yet. */
export function emptyReport(): DataReport {
  const none = (): Tally => ({ examples: 0, ids: [] });
  return {
    records: 0,
    examples: 0,
    tokens: 0,
    supervisedTokens: 0,
    rows: 0,
    tokensPerRow: 0,
    fill: 0,
    truncated: { ...none(), tokens: 0 },
    unsupervised: none(),
    doubleBegin: none(),
    endAdded: none(),
    endMissing: none(),
    endNotStopping: none(),
  };
}

/** Counts one example, naming it if there is room. */
export function count(tally: Tally, id: string): void {
  tally.examples++;
  if (tally.ids.length < NAMED) tally.ids.push(id);
}

/** The report's findings as sentences with a stable code, for warnings; empty where all is well. */
export function findings(report: DataReport): { code: string; message: string }[] {
  const of = (tally: Tally): string =>
    `${tally.examples} of ${report.records} examples (${named(tally)})`;
  const all: [Tally, string, string][] = [
    [
      report.truncated,
      'truncated',
      `were cut at the maximum length and lost ${report.truncated.tokens} tokens at their end`,
    ],
    [report.unsupervised, 'unsupervised', 'have no supervised token and were left out'],
    [
      report.doubleBegin,
      'double-begin',
      'begin with two begin tokens; rendered text loses one, tokenised records stay as they are',
    ],
    [
      report.endAdded,
      'end-token-added',
      "ended without an end-of-turn token; the tokenizer's end token was added, supervised",
    ],
    [
      report.endMissing,
      'end-token-missing',
      'end without an end-of-turn token: the model will not learn to stop',
    ],
    [
      report.endNotStopping,
      'end-token-not-stopping',
      'end with a token at which generation does not stop by itself: it must be told to',
    ],
  ];
  return all.flatMap(([tally, code, what]) =>
    tally.examples > 0 ? [{ code, message: `${of(tally)} ${what}` }] : [],
  );
}

function named(tally: Tally): string {
  const shown = tally.ids.slice(0, 3).join(', ');
  return tally.examples > 3 ? `${shown}, …` : shown;
}
