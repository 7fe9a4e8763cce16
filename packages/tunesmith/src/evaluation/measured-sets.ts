import {
  createPromptEncoder,
  instanceTasks,
  type LikelihoodRequest,
  type PromptEncoder,
} from '@tunesmith/evaluation';
import type { Tokenizer } from '@tunesmith/models';
import {
  evaluationTaskKind,
  isInstance,
  partsOf,
  TunesmithError,
  settle,
  type DataRecord,
  type EvaluationTask,
  type Instance,
  type Mention,
  type PromptTemplate,
  type Registry,
} from '@tunesmith/schema';
import {
  emptyReport,
  findings,
  tokenizeCounted,
  UNSUPERVISED,
  type DataReport as TokenReport,
  type TokenizedExample,
} from '@tunesmith/trainer';

/** Metrics of generated answers where a recipe names none. */
const defaultMetrics = ['exact-match', 'rouge-l'];

/** What an evaluation measures, and how its instances become tokens. */
export interface MeasuredSets {
  tasks: readonly EvaluationTask[];
  encoder: PromptEncoder;
  /** The records behind each name of `evaluation.tasks`, for the held-out loss during training. */
  records: ReadonlyMap<string, readonly DataRecord[]>;
  /** What became of the records of each split on their way to tokens; those the chat template hides are left out. */
  reports: ReadonlyMap<string, TokenReport>;
  /** Instances whose answers can be written out and shown. */
  instances: readonly Instance[];
}

/** What {@link measuredSets} chooses from. */
export interface MeasuredSetsOptions {
  /** Splits of the data, and tasks of plugins. */
  names: readonly Mention[];
  splits: ReadonlyMap<string, readonly DataRecord[]>;
  registry: Registry;
  metrics: readonly Mention[];
  limit?: number | undefined;
  tokenizer: Tokenizer | undefined;
  template: PromptTemplate;
}

/**
 * The tasks that a recipe names: splits of its data, and tasks of plugins.
 *
 * Instances are measured by loss, by ranking where they have choices, else by the answers they generate; conversations
 * and tokens by the loss of what is supervised in them. Records whose answer the chat template hides or refuses are left
 * out, as in training, and counted.
 *
 * @throws TunesmithError `unknown-name` for a name that is neither, `nothing-held-out` where there is none at all,
 * `nothing-to-measure` where no record of a split is left
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
  const reports = new Map<string, TokenReport>();
  const metrics = { metrics: options.metrics.length > 0 ? options.metrics : defaultMetrics };
  for (const mention of names) {
    const { name } = partsOf(mention);
    const own = typeof mention === 'string' && splits.get(name)?.slice(0, limit);
    if (own) {
      const report = emptyReport();
      const given = tokenizer ? { tokenizer, template } : { template };
      const shown = own.flatMap((record): Shown[] => {
        // Without a tokenizer an instance is not measured by its tokens.
        if (!tokenizer && isInstance(record)) return [{ record }];
        const maximumLength = Number.MAX_SAFE_INTEGER;
        const example = tokenizeCounted(record, { ...given, maximumLength }, report);
        return example ? [{ record, example }] : [];
      });
      const spans = shown.flatMap(({ record, example }) =>
        example && !isInstance(record) ? spansOf(record, example, requests) : [],
      );
      const kept = shown.map(({ record }) => record);
      if (own.length > 0 && kept.length === 0) throw nothingShown(name, report);
      tasks.push(
        ...instanceTasks(name, kept.filter(isInstance), metrics),
        ...instanceTasks(name, spans).slice(0, 1),
      );
      records.set(name, kept);
      reports.set(name, report);
      continue;
    }
    const task = findTask(mention, splits, registry);
    tasks.push(task);
    records.set(task.name, await take(task.instances(), limit));
  }
  const encoder = tokenizer && createPromptEncoder({ tokenizer, template });
  return {
    tasks,
    records,
    reports,
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

function nothingShown(name: string, report: TokenReport): TunesmithError {
  return new TunesmithError({
    package: 'tunesmith',
    code: 'nothing-to-measure',
    message: `nothing of "${name}" can be measured: ${findings(report)
      .map(({ message }) => message)
      .join('; ')}`,
    value: name,
    accepted: 'records whose answers the chat template shows',
  });
}

/** Sentences about records that are not measured, because the chat template hides their answer or refuses them. */
export function leftOutOf({ reports }: Pick<MeasuredSets, 'reports'>): ReturnType<typeof findings> {
  return [...reports].flatMap(([name, report]) =>
    findings(report)
      .filter(({ code }) => code === 'hidden-answer' || code === 'refused')
      .map(({ code, message }) => ({ code, message: `${name}: ${message}` })),
  );
}

function findTask(
  mention: Mention,
  splits: ReadonlyMap<string, unknown>,
  registry: Registry,
): EvaluationTask {
  const { name } = partsOf(mention);
  const known = registry.all('evaluation-task');
  if (splits.size + known.length === 0) {
    throw new TunesmithError({
      package: 'tunesmith',
      code: 'nothing-held-out',
      message: `there is nothing to measure "${name}" on: the recipe holds no data back and no plugin brings a task`,
      value: name,
      accepted:
        'held_out: 0.1 in an entry of data, an entry of its own with split: heldout, or evaluation.tasks: []',
    });
  }
  const chosen = registry.choose('evaluation-task', mention, [...splits.keys()]);
  return settle(evaluationTaskKind, chosen);
}

/** A record that the chat template shows, and its tokens. */
interface Shown {
  record: DataRecord;
  example?: TokenizedExample;
}

/** Each supervised run of a conversation or of tokens as an instance of its own; its tokens go to `requests`. */
function spansOf(
  record: DataRecord,
  example: TokenizedExample,
  requests: Map<string, LikelihoodRequest>,
): Instance[] {
  const [ids, labels] = [Array.from(example.ids), Array.from(example.labels)];
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
