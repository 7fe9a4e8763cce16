import type { Tokenizer } from '@tunesmith/models';
import {
  choosePlugin,
  evaluationTaskKind,
  isInstance,
  partsOf,
  TunesmithError,
  settle,
  type DataRecord,
  type EvaluationTask,
  type Instance,
  type Listed,
  type Mention,
  type PromptTemplate,
} from '@tunesmith/schema';
import type { LikelihoodRequest } from '../harness/model.ts';
import { createPromptEncoder, type PromptEncoder } from '../harness/prompt.ts';
import { instanceTasks } from './instance-tasks.ts';

/** Label of a token that is read and not predicted, as in torch's cross-entropy. */
const UNSUPERVISED = -100;

/** A record as training reads it: its tokens, and at each place the token to predict there, or −100. */
export interface LabeledTokens {
  readonly ids: ArrayLike<number>;
  readonly labels: ArrayLike<number>;
}

/** Metrics of generated answers where a recipe names none. */
const defaultMetrics = ['exact-match', 'rouge-l'];

/** What an evaluation measures, and how its instances become tokens. */
export interface MeasuredSets {
  tasks: readonly EvaluationTask[];
  encoder: PromptEncoder;
  /** The records behind each name of `evaluation.tasks`, for the held-out loss during training. */
  records: ReadonlyMap<string, readonly DataRecord[]>;
  /** Instances whose answers can be written out and shown. */
  instances: readonly Instance[];
}

/** What {@link measuredSets} chooses from. */
export interface MeasuredSetsOptions {
  /** What is to be measured: names of splits, and of tasks with or without options. */
  names: readonly Mention[];
  splits: ReadonlyMap<string, Listed<DataRecord>>;
  /** The tasks there are besides the splits. */
  tasks: readonly EvaluationTask[];
  /** Metrics of generated answers; `exact-match` and `rouge-l` where there is none. */
  metrics: readonly Mention[];
  /** Most records of a split or task; all by default. */
  limit?: number | undefined;
  /** Needed for instances; without one they are not measured by their tokens. */
  tokenizer: Tokenizer | undefined;
  template: PromptTemplate;
  /** How instances become tokens; by `createPromptEncoder` where absent. */
  encoder?: PromptEncoder | undefined;
  /** The tokens of a split's record as training reads them; undefined for one that it leaves out. */
  read(record: DataRecord, split: string): LabeledTokens | undefined;
}

/**
 * The tasks that a recipe names: splits of its data, and tasks of plugins.
 *
 * Instances are measured by loss, by ranking where they have choices, else by the answers they generate; conversations
 * and tokens by the loss of what is supervised in them. Records whose answer the chat template hides or refuses are left
 * out, as in training (`read` says which).
 *
 * @throws TunesmithError `unknown-name` for a name that is neither, `nothing-held-out` where there is none at all
 */
export async function measuredSets(options: MeasuredSetsOptions): Promise<MeasuredSets> {
  const { names, splits, limit = Number.POSITIVE_INFINITY, tokenizer, template } = options;
  const requests = new Map<string, LikelihoodRequest>();
  const tasks: EvaluationTask[] = [];
  const records = new Map<string, readonly DataRecord[]>();
  const metrics = { metrics: options.metrics.length > 0 ? options.metrics : defaultMetrics };
  for (const mention of names) {
    const { name } = partsOf(mention);
    const split = typeof mention === 'string' ? splits.get(name) : undefined;
    const own = split && (await take(split, limit));
    if (own) {
      const shown = own.flatMap((record): Shown[] => {
        // Without a tokenizer an instance is not measured by its tokens.
        if (!tokenizer && isInstance(record)) return [{ record }];
        const tokens = options.read(record, name);
        return tokens ? [{ record, tokens }] : [];
      });
      const spans = shown.flatMap(({ record, tokens }) =>
        tokens && !isInstance(record) ? spansOf(record, tokens, requests) : [],
      );
      const kept = shown.map(({ record }) => record);
      tasks.push(
        ...instanceTasks(name, kept.filter(isInstance), metrics),
        ...instanceTasks(name, spans).slice(0, 1),
      );
      records.set(name, kept);
      continue;
    }
    const task = findTask(mention, splits, options.tasks);
    tasks.push(task);
    records.set(task.name, await take(task.instances(), limit));
  }
  const encoder = options.encoder ?? (tokenizer && createPromptEncoder({ tokenizer, template }));
  return {
    tasks,
    records,
    instances: [...records.values()].flat().filter(isInstance),
    encoder: {
      endIds: encoder?.endIds ?? [],
      prompt: (instance) => encoder?.prompt(instance) ?? requests.get(instance.id)?.context ?? [],
      answer: (instance, answer) => {
        const request = requests.get(instance.id) ?? encoder?.answer(instance, answer);
        if (!request) throw new RangeError(`instance ${instance.id} has neither text nor tokens`);
        return request;
      },
      ...(encoder?.answers ? { answers: encoder.answers } : {}),
    },
  };
}

function findTask(
  mention: Mention,
  splits: ReadonlyMap<string, unknown>,
  known: readonly EvaluationTask[],
): EvaluationTask {
  const { name } = partsOf(mention);
  if (splits.size + known.length === 0) {
    throw new TunesmithError({
      package: '@tunesmith/evaluation',
      code: 'nothing-held-out',
      message: `there is nothing to measure "${name}" on: the recipe holds no data back and no plugin brings a task`,
      value: name,
      accepted:
        'held_out: 0.1 in an entry of data, an entry of its own with split: heldout, or evaluation.tasks: []',
    });
  }
  const chosen = choosePlugin(evaluationTaskKind, mention, known, [...splits.keys()]);
  return settle(evaluationTaskKind, chosen);
}

/** A record that the chat template shows, and its tokens. */
interface Shown {
  record: DataRecord;
  tokens?: LabeledTokens;
}

/** Each supervised run of a conversation or of tokens as an instance of its own; its tokens go to `requests`. */
function spansOf(
  record: DataRecord,
  tokens: LabeledTokens,
  requests: Map<string, LikelihoodRequest>,
): Instance[] {
  const [ids, labels] = [Array.from(tokens.ids), Array.from(tokens.labels)];
  const instances: Instance[] = [];
  // The first token has nothing before it, so it is never predicted.
  for (let start = 1; start < ids.length; start++) {
    if (labels[start] === UNSUPERVISED) continue;
    let end = start;
    while (end < ids.length && labels[end] !== UNSUPERVISED) end++;
    const id = `${record.id}#${instances.length}`;
    // As in training, the labels are what is predicted and the ids what is read.
    requests.set(id, {
      context: ids.slice(0, start),
      continuation: labels.slice(start, end),
      read: ids.slice(start, end),
    });
    instances.push({
      id,
      instruction: record.id,
      output: '',
      ...(record.meta ? { meta: withoutChoices(record.meta) } : {}),
    });
    start = end;
  }
  return instances;
}

function withoutChoices(meta: NonNullable<DataRecord['meta']>): NonNullable<DataRecord['meta']> {
  const { choices: _, ...rest } = meta;
  return rest;
}

async function take<Item>(
  items: AsyncIterable<Item> | Iterable<Item>,
  limit: number,
): Promise<Item[]> {
  const taken: Item[] = [];
  for await (const item of items) {
    if (taken.length >= limit) break;
    taken.push(item);
  }
  return taken;
}
