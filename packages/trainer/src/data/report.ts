/** How many examples something happened to, and the first few of their ids. */
export interface Tally {
  examples: number;
  /** The first twenty ids, in order. */
  ids: string[];
}

/** Ids that a tally names. */
const NAMED = 20;

/** What happened to the records on their way to rows; nothing is dropped or changed without earlyStopping here. */
export interface TokenReport {
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
  /** Examples cut at the maximum length, the tokens lost, and the answers of which nothing is left. */
  truncated: Tally & { tokens: number; answers: number };
  /** Examples left out because nothing in them is supervised. */
  unsupervised: Tally;
  /** Examples left out because the rendered text does not tell where an answer begins and ends. */
  hiddenAnswers: Tally;
  /** Examples left out because the chat template cannot render them, and the first one's reason. */
  refused: Tally & { reason: string };
  /** Examples with an answer of which nothing but the token that ends it is learned. */
  emptyAnswers: Tally;
  /** Examples whose tools, or calls of tools, the chat template does not show. */
  toolsNotShown: Tally;
  /** Examples in which control tokens of the model stand written out in what it reads, and which tokens. */
  controlInPrompts: Tally & { tokens: string[] };
  /** Examples in which control tokens of the model stand written out in what it learns to write, and which tokens. */
  controlInAnswers: Tally & { tokens: string[] };
  /** Examples whose text began with two begin tokens; one was removed. In tokenized records they are left and counted. */
  doubleBegin: Tally;
  /** Examples whose last answer ended without an end token; the tokenizer's was added. */
  endAdded: Tally;
  /** Examples whose last answer ends without an end token and the tokenizer has none to add. */
  endMissing: Tally;
  /** Examples whose answers end with a token at which generation does not stop: it is not among the tokenizer's end ids. */
  endNotStopping: Tally;
}

/** A report in which nothing has happened yet. */
export function emptyReport(): TokenReport {
  const none = (): Tally => ({ examples: 0, ids: [] });
  return {
    records: 0,
    examples: 0,
    tokens: 0,
    supervisedTokens: 0,
    rows: 0,
    tokensPerRow: 0,
    fill: 0,
    truncated: { ...none(), tokens: 0, answers: 0 },
    unsupervised: none(),
    hiddenAnswers: none(),
    refused: { ...none(), reason: '' },
    emptyAnswers: none(),
    toolsNotShown: none(),
    controlInPrompts: { ...none(), tokens: [] },
    controlInAnswers: { ...none(), tokens: [] },
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

/** Counts an example in which such tokens stand, and names those not named yet. */
export function countTokens(
  tally: Tally & { tokens: string[] },
  id: string,
  tokens: readonly string[],
): void {
  if (tokens.length === 0) return;
  count(tally, id);
  for (const token of tokens) {
    if (!tally.tokens.includes(token) && tally.tokens.length < NAMED) tally.tokens.push(token);
  }
}

/** The report's findings as sentences with a stable code, for warnings; empty where all is well. */
export function findings(report: TokenReport): { code: string; message: string }[] {
  const of = (tally: Tally): string =>
    `${tally.examples} of ${report.records} examples (${named(tally)})`;
  const all: [Tally, string, string][] = [
    [
      report.truncated,
      'truncated',
      `were cut at the maximum length and lost ${lostIn(report.truncated)}`,
    ],
    [report.unsupervised, 'unsupervised', 'have no supervised token and were left out'],
    [
      report.hiddenAnswers,
      'hidden-answer',
      'were left out: the chat template does not show where an answer begins and ends',
    ],
    [report.refused, 'refused', `were left out: ${report.refused.reason}`],
    [
      report.emptyAnswers,
      'empty-answer',
      'have an empty answer: of it, the model learns nothing but to stop',
    ],
    [
      report.toolsNotShown,
      'tools-not-shown',
      'have tools, or calls of tools, that the chat template does not show: the model learns without them',
    ],
    [
      report.controlInPrompts,
      'control-tokens-in-prompts',
      `have control tokens of the model written out in their prompts (${report.controlInPrompts.tokens.join(', ')}); they become those tokens, as in transformers`,
    ],
    [
      report.controlInAnswers,
      'control-tokens-in-answers',
      `have control tokens of the model written out in their answers (${report.controlInAnswers.tokens.join(', ')}); they become those tokens and are learned, as in transformers`,
    ],
    [
      report.doubleBegin,
      'double-begin',
      'begin with two begin tokens; rendered text loses one, tokenized records stay as they are',
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

function lostIn({ tokens, answers }: TokenReport['truncated']): string {
  if (answers === 0) return `${tokens} tokens`;
  return `${tokens} tokens, with them ${answers} whole ${answers === 1 ? 'answer' : 'answers'}`;
}

function named(tally: Tally): string {
  const shown = tally.ids.slice(0, 3).join(', ');
  return tally.examples > 3 ? `${shown}, …` : shown;
}
