import {
  createPromptEncoder,
  instanceTasks,
  type LikelihoodRequest,
  type PromptEncoder,
} from '@tunesmith/evaluation';
import type { Tokenizer } from '@tunesmith/models';
import {
  isInstance,
  TunesmithError,
  unknownName,
  type DataRecord,
  type EvaluationTask,
  type Instance,
  type PromptTemplate,
} from '@tunesmith/schema';
import { tokenizeRecord, UNSUPERVISED } from '@tunesmith/trainer';
import type { Registry } from '../plugins/registry.ts';

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
  names: readonly string[];
  splits: ReadonlyMap<string, readonly DataRecord[]>;
  registry: Registry;
  metrics: readonly string[];
  limit?: number | undefined;
  tokenizer: Tokenizer | undefined;
  template: PromptTemplate;
}

/**
 * The tasks that a recipe names: splits of its data, and tasks of plugins.
 *
 * Instances are measured by loss, by ranking where they have choices, else by the answers they generate; conversations
 * and tokens by the loss of what is supervised in them.
 *
 * @throws TunesmithError `unknown-name` for a name that is neither, `nothing-held-out` where there is none at all
 */
export async function measuredSets(options: MeasuredSetsOptions): Promise<MeasuredSets> {
  const {
    names,
    splits,
    registry,
    limit = Number.POSITIVE_INFINITY,
    tokenizer,
    template,
  } = options;
  const requests = new Map<string, LikelihoodRequest>();
  const tasks: EvaluationTask[] = [];
  const records = new Map<string, readonly DataRecord[]>();
  const metrics = { metrics: options.metrics.length > 0 ? options.metrics : defaultMetrics };
  for (const name of names) {
    const own = splits.get(name)?.slice(0, limit);
    if (own) {
      const other = own.filter((record) => !isInstance(record));
      const spans = other.flatMap((record) => spansOf(record, tokenizer, template, requests));
      tasks.push(
        ...instanceTasks(name, own.filter(isInstance), metrics),
        ...instanceTasks(name, spans).slice(0, 1),
      );
      records.set(name, own);
      continue;
    }
    const task = findTask(name, splits, registry);
    tasks.push(task);
    records.set(name, await take(task.instances(), limit));
  }
  const encoder = tokenizer && createPromptEncoder({ tokenizer, template });
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
    },
  };
}

function findTask(
  name: string,
  splits: ReadonlyMap<string, unknown>,
  registry: Registry,
): EvaluationTask {
  const known = registry.all('evaluation-task');
  const task = known.find((candidate) => candidate.name === name);
  if (task) return task;
  const names = [...splits.keys(), ...known.map((candidate) => candidate.name)];
  if (names.length === 0) {
    throw new TunesmithError({
      package: 'tunesmith',
      code: 'nothing-held-out',
      message: `there is nothing to measure "${name}" on: the recipe holds no data back and no plugin brings a task`,
      value: name,
      accepted:
        'held_out: 0.1 in an entry of data, an entry of its own with split: heldout, or evaluation.tasks: []',
    });
  }
  throw unknownName({
    package: 'tunesmith',
    kind: 'evaluation task or split of the data',
    name,
    names,
  });
}

/** Each supervised run of a conversation or of tokens as an instance of its own; its tokens go to `requests`. */
function spansOf(
  record: DataRecord,
  tokenizer: Tokenizer | undefined,
  template: PromptTemplate,
  requests: Map<string, LikelihoodRequest>,
): Instance[] {
  const given = tokenizer ? { tokenizer, template } : { template };
  const example = tokenizeRecord(record, { ...given, maximumLength: Number.MAX_SAFE_INTEGER });
  const [ids, labels] = [Array.from(example.ids), Array.from(example.labels)];
  const instances: Instance[] = [];
  // The first token has nothing before it, so it is never predicted.
  for (let start = 1; start < ids.length; start++) {
    if (labels[start] === UNSUPERVISED) continue;
    let end = start;
    while (end < ids.length && labels[end] !== UNSUPERVISED) end++;
    const id = `${record.id}#${instances.length}`;
    requests.set(id, { context: ids.slice(0, start), continuation: labels.slice(start, end) });
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
