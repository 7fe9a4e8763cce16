import { access } from 'node:fs/promises';
import {
  collectStatistics,
  createReport,
  readRecords,
  readRows,
  detectAdapter,
  toConversation,
  writeRecords,
  type DataReport,
  type DataStatistics,
} from '@tunesmith/datasets';
import { loadTokenizer } from '@tunesmith/models';
import {
  isInstance,
  TunesmithError,
  type DataRecord,
  type DatasetAdapter,
} from '@tunesmith/schema';
import { tokenizeRecord, UNSUPERVISED, type PreviewSegment } from '@tunesmith/trainer';
import type { Registry } from '../plugins/registry.ts';
import { locate, locateModel } from '../recipe/locate.ts';
import { requireWritable } from '../run/writable.ts';
import { openRegistry, type ModelOptions } from '../session.ts';

/** What every job on a data file takes. */
export interface DataOptions extends Pick<ModelOptions, 'plugins' | 'pluginNames' | 'directory'> {
  /** The data file: .jsonl, .json, .csv or .tsv, each also with .gz. */
  path: string;
  /** The dataset adapter of its rows; found from the first rows where not given. */
  format?: string;
  /** Use only this many rows. */
  limit?: number;
}

/** A record, and what a model would be shown of it. */
export interface Preview {
  record: DataRecord;
  /** With a tokenizer: its text in pieces, and which of them are learned. */
  segments?: readonly PreviewSegment[];
  tokens?: number;
  supervisedTokens?: number;
}

/** An open data file: where it is and how it is read. */
interface OpenData {
  file: string;
  adapter: DatasetAdapter;
  registry: Registry;
}

async function openData(options: DataOptions): Promise<OpenData> {
  const registry = await openRegistry(options);
  const file = await locate(options.path, options.directory ?? process.cwd(), 'the data file');
  if (options.format !== undefined)
    return { file, registry, adapter: registry.get('dataset-adapter', options.format) };
  const sample: Record<string, unknown>[] = [];
  for await (const row of readRows(file)) {
    if ('value' in row) sample.push(row.value);
    if (sample.length === 20) break;
  }
  return {
    file,
    registry,
    adapter: detectAdapter(sample, { adapters: registry.all('dataset-adapter'), file }).adapter,
  };
}

/**
 * The first records of a data file; with a model, tokenised by its tokenizer and chat template, so that one sees which
 * tokens carry the loss.
 */
export async function previewData(
  options: DataOptions & { model?: string; template?: string; maximumLength?: number },
): Promise<{ format: string; previews: Preview[] }> {
  const { file, adapter, registry } = await openData(options);
  const directory = options.directory ?? process.cwd();
  const tokenizer =
    options.model === undefined
      ? undefined
      : await loadTokenizer(await locateModel(options.model, directory));
  const template = registry.get('prompt-template', options.template ?? 'plain');
  const previews: Preview[] = [];
  for await (const record of readRecords(file, { adapter, limit: options.limit ?? 3 })) {
    const shown =
      tokenizer &&
      tokenizeRecord(record, {
        tokenizer,
        template,
        maximumLength: options.maximumLength ?? 1_000_000,
      });
    if (!tokenizer || !shown) {
      previews.push({ record: isInstance(record) ? toConversation(record, template) : record });
      continue;
    }
    const segments = segmentsOf(shown, (ids) => tokenizer.decode(ids));
    const supervisedTokens = shown.labels.filter((label) => label !== UNSUPERVISED).length;
    previews.push({ record, segments, tokens: shown.ids.length, supervisedTokens });
  }
  return { format: adapter.name, previews };
}

function segmentsOf(
  example: { ids: ArrayLike<number>; labels: ArrayLike<number> },
  decode: (ids: number[]) => string,
): PreviewSegment[] {
  const runs: { ids: number[]; supervised: boolean }[] = [];
  for (const [index, id] of Array.from(example.ids).entries()) {
    const supervised = example.labels[index] !== UNSUPERVISED;
    const open = runs.at(-1);
    if (open?.supervised === supervised) open.ids.push(id);
    else runs.push({ ids: [id], supervised });
  }
  return runs.map(({ ids, supervised }) => ({ text: decode(ids), supervised }));
}

/** Counts and measures the records of a data file. */
export async function dataStatistics(
  options: DataOptions,
): Promise<{ format: string; statistics: DataStatistics; report: DataReport }> {
  const { file, adapter } = await openData(options);
  const report = createReport();
  const limit = options.limit === undefined ? {} : { limit: options.limit };
  const statistics = await collectStatistics(readRecords(file, { adapter, report, ...limit }));
  return { format: adapter.name, statistics, report: report.report() };
}

/** One row that cannot be used. */
export interface InvalidRow {
  file: string;
  /** Line, from 1. */
  line: number;
  /** A stable code. */
  code: string;
  /** What is wrong and what is accepted. */
  message: string;
}

/** What checking a data file found. */
export interface DataValidation {
  file: string;
  format: string;
  rows: number;
  usable: number;
  /** Every row that cannot be used, in order. */
  invalid: InvalidRow[];
}

/** Checks every row of a data file and reports each malformed one with file and line, instead of stopping at the first. */
export async function validateData(options: DataOptions): Promise<DataValidation> {
  const { file, adapter } = await openData(options);
  const invalid: InvalidRow[] = [];
  let usable = 0;
  const records = readRecords(file, {
    adapter,
    badRows: 'skip',
    onBadRow: ({ file: at, line, error }) =>
      invalid.push({ file: at, line, code: error.code, message: error.message }),
  });
  try {
    for await (const _ of records) usable += 1;
  } catch (error) {
    // That not one row is usable is what the caller asked to be told, row by row.
    if (!(TunesmithError.is(error) && error.code === 'no-usable-rows')) throw error;
  }
  return { file, format: adapter.name, rows: usable + invalid.length, usable, invalid };
}

/** What converting a data file did. */
export interface DataConversion {
  from: string;
  to: string;
  /** Rows written. */
  written: number;
  report: DataReport;
}

/**
 * Reads a data file in one format and writes it in another; what the new format cannot express is counted.
 *
 * @throws TunesmithError for the first malformed row, with file and line; `output-exists`
 */
export async function convertData(
  options: DataOptions & { to: string; out: string; template?: string; overwrite?: boolean },
): Promise<DataConversion> {
  const { file, adapter, registry } = await openData(options);
  if (!options.overwrite && (await exists(options.out))) {
    throw new TunesmithError({
      package: 'tunesmith',
      code: 'output-exists',
      message: `${options.out} exists`,
      value: options.out,
      accepted: 'a new file, or --overwrite to replace it',
    });
  }
  await requireWritable(options.out);
  const report = createReport();
  const limit = options.limit === undefined ? {} : { limit: options.limit };
  const template = registry.get('prompt-template', options.template ?? 'plain');
  const records = readRecords(file, { adapter, report, ...limit });
  const written = await writeRecords(options.out, records, {
    format: options.to,
    template,
    report,
  });
  return { from: adapter.name, to: options.to, written, report: report.report() };
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
