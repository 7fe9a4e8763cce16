/** What one side writes after a prompt. */
export interface Written {
  /** The most likely token each time. */
  readonly tokens: readonly number[];
  /** Logits after the prompt, of the whole vocabulary. */
  readonly logits?: readonly number[];
}

/** What a program made of an exported file, beside what was written here. */
export interface Reading {
  /** The program and the form. */
  readonly reader: string;
  readonly prompts: number;
  /** Prompts after which all tokens are the same. */
  readonly same: number;
  /** Tokens before the first that differs, over all tokens: 1 where none does. */
  readonly agreed: number;
  /** The largest difference of a logit; absent where the program gives none. */
  readonly worstLogit?: number;
}

/** Compares what a program wrote with what was written here, prompt by prompt. */
export function readingOf(
  reader: string,
  own: readonly Written[],
  theirs: readonly Written[],
): Reading {
  const agreed = own.map(({ tokens }, i) => {
    const first = tokens.findIndex((token, at) => theirs[i]!.tokens[at] !== token);
    return first < 0 ? tokens.length : first;
  });
  const written = own.reduce((sum, { tokens }) => sum + tokens.length, 0);
  const differences = theirs.flatMap(({ logits }, i) =>
    (logits ?? []).map((logit, at) => Math.abs(logit - own[i]!.logits![at]!)),
  );
  return {
    reader,
    prompts: own.length,
    same: agreed.filter((count, i) => count === own[i]!.tokens.length).length,
    agreed: agreed.reduce((sum, count) => sum + count, 0) / written,
    ...(differences.length > 0
      ? { worstLogit: differences.reduce((most, one) => Math.max(most, one), 0) }
      : {}),
  };
}

/** The readings as Markdown. */
export function readingTable(readings: readonly Reading[]): string {
  const lines = readings.map(({ reader, prompts, same, agreed, worstLogit }) => [
    reader,
    `${same} of ${prompts}`,
    `${(100 * agreed).toFixed(1)} %`,
    worstLogit === undefined ? '–' : worstLogit.toExponential(1),
  ]);
  const header = [
    'read by',
    'same text',
    'tokens before a difference',
    'largest difference of a logit',
  ];
  return [header, header.map(() => '---'), ...lines]
    .map((cells) => `| ${cells.join(' | ')} |`)
    .join('\n');
}
