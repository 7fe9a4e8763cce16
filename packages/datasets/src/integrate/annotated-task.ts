import { stableHash, TunesmithError, type Instance, type Meta } from '@tunesmith/schema';
import { compilePhrasing, type Fields, type Phrasing } from './phrasing.ts';

/** One annotated thing: its own name, its fields, and the annotation as `answer`. */
export interface AnnotatedRow {
  /** What the row is about; splits go by it, so it is the same for every row about one thing. */
  readonly item: string;
  /** Tells apart several rows about one item; part of the instance's id. */
  readonly variant?: string;
  /** Fields that phrasings may name. `answer` is among them. */
  readonly fields: Fields & { readonly answer: string };
  /** The answers to choose from, where this row has its own. */
  readonly choices?: readonly string[];
}

/** A task over annotated data: rows, and several ways to ask for the annotation. */
export interface AnnotatedTask {
  /** Unique in its collection, such as `plural-noun`. */
  readonly name: string;
  /** The family of tasks it belongs to. */
  readonly cluster: string;
  /** One sentence for people. */
  readonly description: string;
  /** The fields of each row besides `answer`. */
  readonly fields: readonly string[];
  readonly phrasings: readonly Phrasing[];
  /** The closed set of answers, where there is one for all rows. */
  readonly choices?: readonly string[];
  /** The package the data comes from, and the license of the data. */
  readonly source: string;
  readonly license: string;
  /** Every annotated row, always in the same order. */
  rows(): Iterable<AnnotatedRow>;
}

/** Which phrasings an annotated row is turned into: one by a hash of the row, each in turn, or all. */
export type PhrasingChoice = 'hash' | 'rotate' | 'all';

/**
 * Turns annotated rows into instances: each row through one phrasing of its task (or all of them),
 * with the task, cluster, phrasing, source, license and closed answers in `meta`.
 *
 * Which phrasing a row gets depends on the row and the seed alone (`hash`), or on the row's place
 * (`rotate`, as FLAN 2021 does). `{choices}` in a phrasing stands for the answers, listed with commas.
 *
 * @throws TunesmithError `invalid-phrasing`; `invalid-annotation` where a row's answer is not among
 * its choices
 */
export function* integrate(
  task: AnnotatedTask,
  rows: Iterable<AnnotatedRow>,
  {
    seed = 0,
    choose = 'hash',
    split,
  }: { seed?: number; choose?: PhrasingChoice; split?: string } = {},
): Generator<Instance> {
  const known = [...task.fields, 'answer', 'choices'];
  const phrasings = task.phrasings.map((phrasing) => compilePhrasing(phrasing, known));
  let place = 0;
  for (const row of rows) {
    const choices = row.choices ?? task.choices;
    const { item, fields } = row;
    if (choices && !choices.includes(fields.answer)) {
      throw new TunesmithError({
        package: '@tunesmith/datasets',
        code: 'invalid-annotation',
        message: `task "${task.name}": the answer for ${JSON.stringify(item)} is ${JSON.stringify(fields.answer)}`,
        value: fields.answer,
        accepted: choices,
      });
    }
    const position =
      choose === 'rotate'
        ? place % phrasings.length
        : stableHash(`${item}\n${row.variant ?? ''}`, `${task.name} ${seed}`) % phrasings.length;
    const chosen = choose === 'all' ? phrasings : [phrasings[position]!];
    for (const phrasing of chosen) {
      const meta: Meta = {
        task: task.name,
        cluster: task.cluster,
        template: phrasing.name,
        source: task.source,
        license: task.license,
        ...(split === undefined ? {} : { split }),
        ...(choices ? { choices: [...choices] } : {}),
      };
      yield {
        id: `${task.name}/${item}${row.variant === undefined ? '' : `/${row.variant}`}${choose === 'all' ? `/${phrasing.name}` : ''}`,
        ...phrasing.fill({ ...fields, choices: choices?.join(', ') ?? '' }),
        meta,
      };
    }
    place += 1;
  }
}
