import { appendFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import {
  collectStatistics,
  createReport,
  findings,
  toConversation,
  type DataReport,
  type DataStatistics,
  type ReadOptions,
} from '@tunesmith/datasets';
import { writeRecords } from '@tunesmith/datasets/node';
import { findArchitecture, loadTokenizer } from '@tunesmith/models';
import { modelFiles, tokenizerNeeds } from '@tunesmith/models/node';
import {
  isInstance,
  partsOf,
  readText,
  TunesmithError,
  type DataRecord,
  type Mention,
  type PromptTemplate,
  type Registry,
} from '@tunesmith/schema';
import {
  createObjective,
  emptyReport,
  findings as tokenFindings,
  noVirtualTokens,
  tokenizeCounted,
  type PreviewSegment,
} from '@tunesmith/trainer';
import { countTokensOf, type ShownObjective, type TokenStatistics } from './token-statistics.ts';
import { checkOutputFile } from '../outputs/check-output.ts';
import { isElsewhere, locateData } from '../recipe/locate-data.ts';
import { locateModel } from '../recipe/locate.ts';
import { makeFolders } from '../run/make-folders.ts';
import { requireWritable } from '../run/writable.ts';
import { quarantinedLine } from './dropped.ts';
import { readPlace } from './read-place.ts';
import { openRegistry, type ModelOptions } from '../open-session.ts';

/** What every job on a data file takes. */
export interface DataOptions extends Pick<ModelOptions, 'plugins' | 'pluginNames' | 'directory'> {
  /** The data: a file, a folder, a pattern, an address, `hf://organization/name`, or `-` for the standard input. */
  path: string;
  /** The dataset adapter of its rows; found from the first rows where not given or `auto`. */
  format?: Mention;
  /** The data set to read where the file is a `dataset_info.json`. */
  dataset?: string;
  /** Columns that are called otherwise than the keys of the format. */
  columns?: Readonly<Record<string, string>>;
  /** Use only this many rows. */
  limit?: number;
  /** How files are laid out, where neither names nor first bytes say it. */
  layout?: string;
  /** What becomes of rows that cannot be read; `fail` by default. */
  onError?: 'fail' | 'skip' | 'quarantine';
  /** The file that those go to under `quarantine`; `quarantine.jsonl` by default. */
  quarantine?: string;
}

/** A record, and what a model would be shown of it. */
export interface Preview {
  record: DataRecord;
  /** Training would leave it out: the chat template hides its answer or refuses it. */
  leftOut?: true;
  /** With a model: each document of its row in pieces, and which of them are learned. */
  documents?: readonly (readonly PreviewSegment[])[];
  tokens?: number;
  supervisedTokens?: number;
}

/** An open data file: where it is and how it is read. */
export interface OpenData {
  file: string;
  registry: Registry;
  /** Its records. */
  read: (options?: ReadOptions) => AsyncGenerator<DataRecord>;
  /** The dataset adapter, as named or, once reading has begun, as found; undefined where no row can be read. */
  format: () => string | undefined;
  /** Why that one was found; undefined where it was named. */
  reason: () => string | undefined;
}

/** Finds a data file and how it is read; nothing is read yet. */
export async function openData(options: DataOptions): Promise<OpenData> {
  const registry = await openRegistry(options);
  const file = await locateData(options.path, options.directory ?? process.cwd());
  const { limit: most, dataset, columns, layout } = options;
  const further = {
    ...(most === undefined ? {} : { limit: most }),
    ...(dataset === undefined ? {} : { dataset }),
    ...(columns === undefined ? {} : { columns }),
    ...(layout === undefined ? {} : { layout }),
    ...(await onErrorOf(options)),
  };
  const named = options.format === 'auto' ? undefined : options.format;
  const adapter = named === undefined ? undefined : registry.settled('dataset-adapter', named);
  let format = adapter?.name;
  let reason: string | undefined;
  const given: ReadOptions = adapter
    ? { adapter, ...further }
    : {
        adapters: registry.all('dataset-adapter'),
        onDetection: (detection) => {
          format = detection.adapter.name;
          reason = detection.reason;
        },
        ...further,
      };
  return {
    file,
    registry,
    read: (further = {}) => readPlace(file, { ...given, ...further }),
    format: () => format,
    reason: () => reason,
  };
}

/** What becomes of rows that cannot be read. */
export async function onErrorOf({
  onError = 'fail',
  quarantine = 'quarantine.jsonl',
}: Pick<DataOptions, 'onError' | 'quarantine'>): Promise<
  Pick<ReadOptions, 'onError' | 'onBadRow'>
> {
  if (onError !== 'quarantine') return { onError };
  await checkOutputFile(quarantine, [], { accepted: 'another file, --quarantine FILE' });
  await requireWritable(quarantine);
  return {
    onError: 'skip',
    // Synchronous, so that whatever ends the reading finds all that was passed over until then.
    onBadRow: (row) => appendFileSync(quarantine, quarantinedLine(row)),
  };
}

/** What a data job reads, for what it writes to keep away from. */
export function inputsOf(file: string): { what: string; path: string }[] {
  return isElsewhere(file) ? [] : [{ what: 'the data file', path: file }];
}

/** Why a format was found, for results; nothing where it was named. */
function found(reason: string | undefined): { foundBy?: string } {
  return reason === undefined ? {} : { foundBy: reason };
}

/** What {@link previewData} takes besides the file. */
export interface PreviewOptions extends DataOptions {
  /** A model; its weights are not read. */
  model?: string;
  template?: string;
  /** What is learned; `causal-lm` by default. */
  objective?: Mention;
  maximumLength?: number;
}

/**
 * The first records of a data file; with a model, as the objective makes rows of them, so that one sees which tokens carry the
 * loss.
 */
export async function previewData(options: PreviewOptions): Promise<{
  format: string;
  /** Why that format was found; absent where it was named. */
  foundBy?: string;
  previews: Preview[];
  report: DataReport;
  /** What training would warn of in these records. */
  warnings: { code: string; message: string }[];
}> {
  const report = createReport();
  const { read, format, reason, registry } = await openData({ limit: 3, ...options });
  const template = registry.settled('prompt-template', options.template ?? 'plain');
  const shown = await objectiveOf(options, registry, template);
  const previews: Preview[] = [];
  const tokenReport = emptyReport();
  for await (const record of read({ report })) {
    if (!shown) {
      previews.push({ record: isInstance(record) ? toConversation(record, template) : record });
      continue;
    }
    const { objective, decode } = shown;
    const example = tokenizeCounted(record, objective, tokenReport);
    if (!example) {
      previews.push({ record, leftOut: true });
      continue;
    }
    const { tokens, sourceTokens, supervised: supervisedTokens } = objective.size(example);
    const lengths = { tokens, ...(sourceTokens === undefined ? {} : { sourceTokens }) };
    const documents = objective.preview(objective.row([example], lengths), decode);
    previews.push({ record, documents, tokens: tokens + (sourceTokens ?? 0), supervisedTokens });
  }
  return {
    format: format()!,
    ...found(reason()),
    previews,
    report: report.report(),
    warnings: tokenFindings(tokenReport),
  };
}

/** The objective for the model that is named, and its tokenizer's way back to text; undefined where none is. */
async function objectiveOf(
  given: PreviewOptions,
  registry: Registry,
  template: PromptTemplate,
): Promise<ShownObjective | undefined> {
  const { model, objective, maximumLength = 1_000_000, directory = process.cwd() } = given;
  if (model === undefined) return undefined;
  const reach = { ...given, needs: tokenizerNeeds };
  const files = await modelFiles(await locateModel(model, directory, reach));
  const tokenizer = await loadTokenizer(files);
  const configuration = JSON.parse(await readText(files, 'config.json')) as object;
  const architecture = findArchitecture(configuration, registry.all('architecture'));
  const context = {
    model: { architecture, spec: architecture.spec(configuration) },
    tokenizer,
    template,
    maximumLength,
    virtualTokens: noVirtualTokens,
  };
  return {
    objective: createObjective(objective, context, registry.all('objective')),
    decode: (ids) => tokenizer.decode(ids),
  };
}

/** What {@link dataStatistics} found. */
export interface FoundStatistics {
  format: string;
  /** Why that format was found; absent where it was named. */
  foundBy?: string;
  statistics: DataStatistics;
  /** With a model: what its tokenizer and the objective make of the records. */
  tokens?: TokenStatistics;
  report: DataReport;
}

/** Counts and measures the records of a data file, in words and, with a model, in tokens. */
export async function dataStatistics(options: PreviewOptions): Promise<FoundStatistics> {
  const { read, format, reason, registry } = await openData(options);
  const template = registry.settled('prompt-template', options.template ?? 'plain');
  const shown = await objectiveOf(options, registry, template);
  const counting = shown && countTokensOf(shown);
  const report = createReport();
  const records = read({ report });
  const statistics = await collectStatistics(counting ? counting.pass(records) : records);
  return {
    format: format()!,
    ...found(reason()),
    statistics,
    ...(counting ? { tokens: counting.statistics() } : {}),
    report: report.report(),
  };
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
  /** The dataset adapter of its rows; absent where not one row can be read. */
  format?: string;
  /** Why that format was found; absent where it was named. */
  foundBy?: string;
  rows: number;
  usable: number;
  /** Every row that cannot be used, in order. */
  invalid: InvalidRow[];
  /** What is odd about rows that can be used, and about the file. */
  findings: { code: string; message: string }[];
  report: DataReport;
}

/** Checks every row of a data file and reports each malformed one with file and line, instead of stopping at the first. */
export async function validateData(options: DataOptions): Promise<DataValidation> {
  const { file, read, format, reason } = await openData(options);
  const invalid: InvalidRow[] = [];
  const report = createReport();
  let usable = 0;
  const records = read({
    report,
    onError: 'skip',
    onBadRow: ({ file: at, line, error }) =>
      invalid.push({ file: at, line, code: error.code, message: error.message }),
  });
  try {
    for await (const _ of records) usable += 1;
  } catch (error) {
    // That not one row is usable is what the caller asked to be told, row by row.
    if (!(TunesmithError.is(error) && error.code === 'no-usable-rows')) throw error;
  }
  const codes = new Set(invalid.map(({ code }) => code));
  const name = format();
  return {
    file,
    ...(name === undefined ? {} : { format: name }),
    ...found(reason()),
    rows: usable + invalid.length,
    usable,
    invalid,
    // What is wrong with single rows stands above, row by row.
    findings: findings(report.report()).filter(({ code }) => !codes.has(code)),
    report: report.report(),
  };
}

/** Checks that a file may be written, and makes the folder that it lies in. */
async function openOutput(
  out: string,
  inputs: readonly { what: string; path: string }[],
  overwrite = false,
): Promise<void> {
  await checkOutputFile(out, inputs, {
    overwrite,
    accepted: overwrite ? 'another file' : 'a new file, or --overwrite to replace it',
  });
  await requireWritable(out);
  await makeFolders(dirname(resolve(out)));
}

/** What converting a data file did. */
export interface DataConversion {
  from: string;
  /** Why that format was found; absent where it was named. */
  foundBy?: string;
  to: string;
  /** Records written. */
  written: number;
  report: DataReport;
}

/**
 * Reads a data file in one format and writes it in another; what the new format cannot express is counted.
 *
 * @throws TunesmithError for the first malformed row, with file and line; `output-exists`, `output-is-input`
 */
export async function convertData(
  options: DataOptions & { to: Mention; out: string; template?: string; overwrite?: boolean },
): Promise<DataConversion> {
  const { file, read, format, reason, registry } = await openData(options);
  if (options.out !== '-') await openOutput(options.out, inputsOf(file), options.overwrite);
  const report = createReport();
  const template = registry.settled('prompt-template', options.template ?? 'plain');
  const written = await writeRecords(options.out, read({ report }), {
    format: options.to,
    adapters: registry.all('dataset-adapter'),
    template,
    report,
  });
  return {
    from: format()!,
    ...found(reason()),
    to: partsOf(options.to).name,
    written,
    report: report.report(),
  };
}
