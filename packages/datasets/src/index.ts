export {
  createReport,
  describeReport,
  findings,
  type DataReport,
  type DataStep,
  type DataTally,
  type ReportRecorder,
  type StepRecorder,
} from './report/data-report.ts';

export type { BadRow, SourceRow, RowNote } from './read/rows.ts';
export { readRows, rowsOf, type RowOptions } from './read/read-rows.ts';
export {
  builtinLayouts,
  dataEndings,
  fileLayout,
  findLayout,
  layoutOf,
  type LayoutName,
} from './layouts/builtin.ts';
export type {
  FileLayout,
  LayoutOptions,
  WriteContext as LayoutWriteContext,
  WrittenRow,
} from './layouts/file-layout.ts';
export { plainValue } from './layouts/parts/plain-value.ts';
export type { ColumnType } from './layouts/parts/column-type.ts';
export { dataFile, fileOf, type DataFile, type RangedFile } from './read/data-file.ts';
export { describedDataset, type DescribedDataset } from './read/dataset-info.ts';
export { readRecords, recordsOf, type DataPlace, type OpenFile } from './read/read-records.ts';
export type { PassedRow, ReadOptions } from './read/read-options.ts';
export type { HasImage } from './read/missing-images.ts';

export { alpaca } from './adapters/alpaca.ts';
export { alpacaEval } from './adapters/alpaca-eval.ts';
export { alpacaPreference } from './adapters/alpaca-preference.ts';
export { baize } from './adapters/baize.ts';
export { dolly } from './adapters/dolly.ts';
export { flan } from './adapters/flan.ts';
export { flanCot } from './adapters/flan-cot.ts';
export { ifeval } from './adapters/ifeval.ts';
export { instructWild } from './adapters/instruct-wild.ts';
export { lima } from './adapters/lima.ts';
export { llava } from './adapters/llava.ts';
export { messages } from './adapters/messages.ts';
export { mtBench } from './adapters/mt-bench.ts';
export { oasst } from './adapters/oasst.ts';
export { p3 } from './adapters/p3.ts';
export { preference } from './adapters/preference.ts';
export { promptCompletion } from './adapters/prompt-completion.ts';
export { promptOnly } from './adapters/prompt-only.ts';
export { selfInstruct } from './adapters/self-instruct.ts';
export { selfInstructFinetuning } from './adapters/self-instruct-finetuning.ts';
export { selfInstructGenerated } from './adapters/self-instruct-generated.ts';
export { sharegpt } from './adapters/sharegpt.ts';
export { sharegptPreference } from './adapters/sharegpt-preference.ts';
export { stepwise } from './adapters/stepwise.ts';
export { superNaturalInstructions } from './adapters/super-natural-instructions.ts';
export { tokenized } from './adapters/tokenized.ts';
export { ultrachat } from './adapters/ultrachat.ts';
export { unnaturalInstructions } from './adapters/unnatural-instructions.ts';
export { unpairedPreference } from './adapters/unpaired-preference.ts';
export { builtinAdapters, findAdapter } from './adapters/builtin.ts';
export { detectAdapter, type Detection } from './adapters/detect.ts';
export { withColumns } from './adapters/with-columns.ts';
export { checkTurns } from './adapters/parts/turns.ts';
export { unusable, unusableRow } from './adapters/parts/unusable-row.ts';

export { builtinTemplates, findTemplate } from './templates/builtin.ts';
export { headed } from './templates/headed.ts';
export { inputOnly } from './templates/input-only.ts';
export { plain } from './templates/plain.ts';
export { toConversation } from './templates/to-conversation.ts';

export {
  integrate,
  type AnnotatedRow,
  type AnnotatedTask,
  type PhrasingChoice,
} from './integrate/annotated-task.ts';
export {
  compilePhrasing,
  type CompiledPhrasing,
  type Fields,
  type Phrasing,
} from './integrate/phrasing.ts';

export {
  templateAdapter,
  type FilledTemplate,
  type RowTemplate,
  type TemplateChoice,
} from './integrate/row-template.ts';
export { checkTemplates, type TemplateCheck } from './integrate/check-templates.ts';
export {
  readTemplateFile,
  type TemplateFile,
  type TemplateFileSettings,
} from './integrate/template-file.ts';

export { withExemplars, type ExemplarSettings } from './flan/exemplars.ts';
export {
  fewShotDefaults,
  fewShotPrompt,
  flan2021Format,
  pruneExemplars,
  type Exemplar,
  type FewShotFormat,
} from './flan/few-shot.ts';
export { writeOptions, type OptionsFormat, type WrittenOptions } from './flan/options.ts';
export {
  fillPattern,
  isInverted,
  readPatterns,
  withoutOptions,
  type FlanPattern,
} from './flan/patterns.ts';

export {
  parseTemplateFile,
  readPromptsource,
  type PromptsourceFile,
  type PromptsourceMetadata,
  type PromptsourceTemplate,
} from './promptsource/read-templates.ts';
export {
  compilePromptsource,
  type AppliedTemplate,
  type CompiledPromptsource,
} from './promptsource/template.ts';

export { createSeen, type Seen } from './read/seen.ts';
export { mix, type MixOptions, type MixtureSource } from './mix/mix.ts';
export {
  groupedShares,
  mixturePresets,
  type GroupedSource,
  type MixtureGroup,
  type MixtureRule,
} from './mix/groups.ts';
export { mixingRate, mixingShares, type MixingStrategy } from './mix/rates.ts';
export { splitOf } from './split/split.ts';

export { applyFilters, type ApplyOptions, type DroppedRecord } from './filters/apply-filters.ts';
export { answered } from './filters/answered.ts';
export { builtinFilters, findFilter } from './filters/built-in.ts';
export { decontaminate } from './filters/decontaminate.ts';
export { deita } from './filters/choose/deita.ts';
export { diverse } from './filters/choose/diverse.ts';
export { ifd } from './filters/score/ifd.ts';
export { judged } from './filters/score/judged.ts';
export { perplexity } from './filters/score/perplexity.ts';
export { language } from './filters/language.ts';
export { redact } from './filters/redact/redact.ts';
export { repetition } from './filters/repetition/repetition.ts';
export { length } from './filters/length.ts';
export { chooseBanding, type Banding } from './filters/near-duplicates/bands.ts';
export { nearDuplicates } from './filters/near-duplicates/near-duplicates.ts';
export {
  createNearIndex,
  type NearFinding,
  type NearIndex,
  type NearOptions,
} from './filters/near-duplicates/near-index.ts';
export { type ShingleUnit } from './filters/near-duplicates/shingles.ts';
export { identityOf, normalize, unique, type Sameness } from './filters/unique.ts';

export {
  binLengths,
  describeLengths,
  type LengthBin,
  type LengthSummary,
} from './statistics/lengths.ts';
export { collectStatistics, type DataStatistics, type Tally } from './statistics/statistics.ts';
export { contentText, countWords, hasEmptyAnswer, textOf, type RecordText } from './text-of.ts';

export { writeRecords, type WriteOptions } from './write/write-records.ts';
export { writeRows, writtenLayout, type WriteRowsOptions } from './write/write-rows.ts';
