/** What stands around and between exemplars and the question. */
export interface FewShotFormat {
  readonly inputsPrefix: string;
  readonly targetsPrefix: string;
  /** Between a question and its answer. */
  readonly delimiter: string;
  /** Behind each exemplar. */
  readonly separator: string;
  /** Behind the question. */
  readonly suffix: string;
}

/** The Flan Collection's usual format: empty lines. */
export const fewShotDefaults: FewShotFormat = {
  inputsPrefix: '',
  targetsPrefix: '',
  delimiter: '\n\n',
  separator: '\n\n\n',
  suffix: '',
};

/** FLAN 2021's format: `0 question X 1 answer X 0 question X 1 FLAN`. */
export const flan2021Format: FewShotFormat = {
  inputsPrefix: '0 ',
  targetsPrefix: '1 ',
  delimiter: ' X ',
  separator: ' X ',
  suffix: ' FLAN',
};

/** A question and its answer. */
export interface Exemplar {
  readonly inputs: string;
  readonly targets: string;
}

/**
 * The question behind its exemplars. Each exemplar is prefix, question, delimiter, prefix, answer, separator; the prefix of the
 * answer that is asked for loses the white space at its end, as in seqio's few-shot preprocessor.
 */
export function fewShotPrompt(
  exemplars: readonly Exemplar[],
  inputs: string,
  { inputsPrefix, targetsPrefix, delimiter, separator, suffix }: FewShotFormat,
): string {
  const shown = exemplars.map(
    (one) => `${inputsPrefix}${one.inputs}${delimiter}${targetsPrefix}${one.targets}${separator}`,
  );
  return `${shown.join('')}${inputsPrefix}${inputs}${delimiter}${targetsPrefix.trimEnd()}${suffix}`;
}

/**
 * The first exemplars that fit: as many as keep the sum of their lengths (question and answer) within `budget` less the length of
 * the question that is asked. FLAN counts tokens.
 *
 * @param lengthOf the length of a text in the unit of the budget
 */
export function pruneExemplars<One extends Exemplar>(
  exemplars: readonly One[],
  inputs: string,
  budget: number,
  lengthOf: (text: string) => number,
): One[] {
  let left = budget - lengthOf(inputs);
  const over = exemplars.findIndex((one) => {
    left -= lengthOf(one.inputs) + lengthOf(one.targets);
    return left < 0;
  });
  return exemplars.slice(0, over < 0 ? exemplars.length : over);
}
