import { embedding } from '@tunesmith/kernels';
import { TunesmithError } from '@tunesmith/schema';
import { matchesName } from '@tunesmith/peft';
import type { PlannedTensor, WeightSite } from '@tunesmith/peft';
import { tf } from '@tunesmith/runtime';
import type { HostTensor } from '@tunesmith/runtime';
import type { ModelSpec } from '@tunesmith/models';
import type { LoraConfig } from './config.ts';
import { savedTensors } from './tying.ts';

const owner = '@tunesmith/lora';

/** Rows of a table that train: PEFT's trainable tokens. What is stored takes the place of the rows; it is no difference. */
export interface TokenRows {
  /** The module's name. */
  readonly site: string;
  /** Name of the table `[vocabulary, width]`. */
  readonly table: string;
  readonly ids: readonly number[];
  /** Local name of the rows, `[ids, width]`. */
  readonly name: string;
}

/** A table of the model that tokens have rows of. */
interface Table {
  readonly site: string;
  readonly weight: string;
  readonly vocabulary: number;
  readonly width: number;
}

/**
 * The rows that `trainable_token_indices` lets train.
 *
 * @throws TunesmithError `unmatched-target` for a name that is no table; `invalid-token` for an id without a row, or one named twice
 */
export function tokenRows(model: ModelSpec, config: LoraConfig): TokenRows[] {
  const { trainable_token_indices: chosen } = config;
  if (chosen === null) return [];
  const tables = tablesOf(model);
  const byTable: [Table, readonly number[]][] = Array.isArray(chosen)
    ? [[tables[0]!, chosen]]
    : Object.entries(chosen).map(([name, ids]) => [tableNamed(name, tables), ids]);
  return byTable.map(([table, ids]) => {
    checkIds(table, ids);
    return {
      site: table.site,
      table: table.weight,
      ids,
      name: `${table.site}.token_adapter.trainable_tokens_delta`,
    };
  });
}

/** The embeddings' tables, each once, then that of a head of its own. */
function tablesOf({ sites, head, tensors }: ModelSpec): Table[] {
  const tables = new Map<string, Table>();
  const moduleOf = (weight: string): string => weight.replace(/\.weight$/, '');
  for (const site of sites)
    if (site.kind === 'embed')
      tables.set(site.weight, {
        site: moduleOf(site.weight),
        weight: site.weight,
        vocabulary: site.vocabulary,
        width: site.width,
      });
  const [vocabulary = 0, width = 0] = tensors[head.weight]?.shape ?? [];
  if (!tables.has(head.weight) && head.layout === 'out_in')
    tables.set(head.weight, { site: head.name, weight: head.weight, vocabulary, width });
  return [...tables.values()];
}

function tableNamed(name: string, tables: readonly Table[]): Table {
  const found = tables.find(({ site }) => matchesName(owner, site, [name]));
  if (found) return found;
  throw new TunesmithError({
    package: owner,
    code: 'unmatched-target',
    message: `trainable_token_indices names "${name}", which is no table of tokens`,
    value: name,
    accepted: tables.map(({ site }) => site),
  });
}

function checkIds({ site, vocabulary }: Table, ids: readonly number[]): void {
  const wrong = ids.find((id, i) => id >= vocabulary || ids.indexOf(id) !== i);
  if (wrong === undefined) return;
  throw new TunesmithError({
    package: owner,
    code: 'invalid-token',
    message:
      wrong < vocabulary
        ? `trainable_token_indices names token ${wrong} of "${site}" twice`
        : `trainable_token_indices names token ${wrong}, and "${site}" has ${vocabulary}`,
    value: wrong,
    accepted: `distinct ids from 0 below ${vocabulary}`,
  });
}

/**
 * The tensors of trained rows: they begin as the base's.
 *
 * @param sites what is adapted otherwise
 * @throws TunesmithError `target-conflict` for a table that is adapted or saved whole as well
 */
export function plannedRows(
  model: ModelSpec,
  config: LoraConfig,
  sites: readonly WeightSite[],
): (PlannedTensor & { readonly site: string })[] {
  const rows = tokenRows(model, config);
  if (rows.length === 0) return [];
  const saved = savedTensors(model, config).names;
  return rows.map(({ site, table, ids, name }) => {
    if (saved.includes(table) || sites.some(({ weight }) => weight === table)) {
      throw new TunesmithError({
        package: owner,
        code: 'target-conflict',
        message: `tokens of "${site}" train, and the table itself is a target or saved whole`,
        value: site,
        accepted: 'one of them',
      });
    }
    const width = model.tensors[table]!.shape[1]!;
    return { name, site, shape: [ids.length, width], init: { kind: 'rows', of: table, ids } };
  });
}

/** Embedded tokens with those that train in their places. */
export function replaceEmbedded(
  embedded: tf.Tensor,
  ids: tf.Tensor,
  rows: tf.Tensor,
  places: Places,
): tf.Tensor {
  const isTrained = tf.expandDims(tf.gather(places.isTrained, ids as tf.Tensor1D), -1);
  const taken = embedding(rows, tf.gather(places.row, ids as tf.Tensor1D));
  return tf.add(tf.mul(embedded, tf.sub(1, isTrained)), tf.mul(taken, isTrained));
}

/** A table `[vocabulary, width]` with the rows that train in their places. */
export function replaceRows(table: tf.Tensor, rows: tf.Tensor, places: Places): tf.Tensor {
  const isTrained = tf.expandDims(places.isTrained, -1);
  return tf.add(
    tf.mul(table, tf.sub(1, isTrained)),
    tf.mul(embedding(rows, places.row), isTrained),
  );
}

/** For each token: whether its row trains, and which of the trained rows it then has. Both `[vocabulary]`. */
export interface Places {
  readonly isTrained: tf.Tensor1D;
  readonly row: tf.Tensor1D;
}

/** Where the trained rows of a table belong. */
export function placesOf({ table, ids }: TokenRows, model: ModelSpec): Places {
  const vocabulary = model.tensors[table]!.shape[0]!;
  const isTrained = new Float32Array(vocabulary);
  const row = new Int32Array(vocabulary);
  ids.forEach((id, i) => {
    isTrained[id] = 1;
    row[id] = i;
  });
  return { isTrained: tf.tensor1d(isTrained), row: tf.tensor1d(row, 'int32') };
}

/** The table with its trained rows, on the host. */
export function mergedRows(table: HostTensor, rows: HostTensor, { ids }: TokenRows): HostTensor {
  const [, width = 0] = table.shape;
  const data = new Float32Array(table.data);
  ids.forEach((id, i) => data.set(rows.data.subarray(i * width, (i + 1) * width), id * width));
  return { shape: table.shape, dtype: 'float32', data };
}
