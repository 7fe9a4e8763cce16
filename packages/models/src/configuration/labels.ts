import type { HeadKind } from '../model.ts';
import type { ConfigurationReader } from './reader.ts';

type Labels = Extract<HeadKind, { kind: 'labels' }>;

/** The words of `problem_type`. */
const problems: Readonly<Record<string, Labels['problem']>> = {
  single_label_classification: 'single',
  multi_label_classification: 'several',
  regression: 'regression',
};

/**
 * What a head for labels gives: `id2label` (or `num_labels`, 2 by default) and `problem_type` (one number is a regression).
 *
 * @param token which token of a segment the family classifies
 * @param usual.padding `pad_token_id` of a configuration without the key; null means none nevertheless
 * @param usual.end `eos_token_id` of a configuration without the key
 * @throws `unsupported-configuration` naming the key
 */
export function readLabels(
  configuration: ConfigurationReader,
  token: Labels['token'],
  usual: { readonly padding?: number | undefined; readonly end?: number } = {},
): Labels {
  const named = configuration.object('id2label');
  const count = named ? named.keys().length : configuration.integer('num_labels', { fallback: 2 });
  const labels = Array.from({ length: count }, (_, i) => {
    const label = named ? named.raw(String(i)) : `LABEL_${i}`;
    if (typeof label === 'string') return label;
    return configuration.refuse('id2label', `a name for each of 0 to ${count - 1}`);
  });
  const isSilent = !configuration.keys().includes('pad_token_id');
  const padding = isSilent ? usual.padding : configuration.raw('pad_token_id');
  const plain = count === 1 ? 'regression' : 'single_label_classification';
  const problem = configuration.choice('problem_type', Object.keys(problems), plain);
  return {
    kind: 'labels',
    labels,
    token,
    problem: problems[problem]!,
    ...(token === 'last' && typeof padding === 'number' ? { padding } : {}),
    ...(token === 'end' ? { end: readEnd(configuration, usual.end) } : {}),
  };
}

function readEnd(configuration: ConfigurationReader, usual: number | undefined): number {
  const fallback = usual === undefined ? {} : { fallback: usual };
  return configuration.integer('eos_token_id', { ...fallback, minimum: 0 });
}

/** Whether `architectures` says that a checkpoint is of a class whose name ends so. */
export function isOfClass(configuration: ConfigurationReader, ending: string): boolean {
  const stated = configuration.raw('architectures');
  const [first] = Array.isArray(stated) ? (stated as unknown[]) : [];
  return typeof first === 'string' && first.endsWith(ending);
}

/**
 * Which of a family's classes a checkpoint is of, as `architectures` says.
 *
 * @param classes the ends of the names of the classes that the family reads, the usual one first: `ForMaskedLM`
 * @throws `unsupported-configuration` for another class
 */
export function readClass<Name extends string>(
  configuration: ConfigurationReader,
  classes: readonly [Name, ...Name[]],
): Name {
  const stated = configuration.raw('architectures');
  if (stated === undefined || (Array.isArray(stated) && stated.length === 0)) return classes[0];
  const [first] = Array.isArray(stated) ? (stated as unknown[]) : [];
  const found = classes.find((one) => typeof first === 'string' && first.endsWith(one));
  return (
    found ??
    configuration.refuse(
      'architectures',
      classes.map((one) => `…${one}`),
    )
  );
}
