import { createReport, type ReportRecorder } from '@tunesmith/datasets';
import {
  completeOptions,
  nearest,
  TunesmithError,
  type ChatModel,
  type DataRecord,
  type PluginOptions,
} from '@tunesmith/schema';
import { accounted, budgetExhausted, usageOf, type Ledger } from './asking/ledger.ts';
import { journaled, memoryJournal, type Journal } from './asking/journal.ts';
import { paced, type PaceOptions } from './asking/paced.ts';
import { forgetKept, keptFrom, queued, type SharedRequests } from './asking/queued.ts';
import { retrying, type RetryOptions } from './asking/retrying.ts';
import { refuse } from './errors.ts';
import { replacedPrompts, type Prompts } from './prompts/prompts.ts';
import { synthesizerKind, type PlannedRequests, type Synthesizer } from './synthesizer.ts';

/** How data is written. */
export interface SynthesizeOptions extends RetryOptions, PaceOptions {
  /** One model for every role, or one by role. */
  readonly models: ChatModel | Readonly<Record<string, ChatModel>>;
  readonly seeds: readonly DataRecord[];
  readonly options?: PluginOptions;
  /** Texts in the place of the synthesizer's own. */
  readonly prompts?: Prompts;
  readonly seed?: number;
  readonly ledger?: Ledger;
  /** What was answered before; answers are added to it. */
  readonly journal?: Journal;
  /** Whether workers answer, who retry for themselves; of the models only the names are used then. */
  readonly shared?: SharedRequests;
  readonly report?: ReportRecorder;
  readonly signal?: AbortSignal;
  /** Hears of each answer, and whether the journal knew it. */
  readonly onAnswer?: (known: boolean) => void;
  /** Hears that money ended the work before it was done. */
  readonly onEnd?: (error: TunesmithError) => void;
}

/**
 * Records that language models write. Requests are paced, tried again, entered in the ledger and kept in the journal, in that order from
 * within; where the ledger's cap is reached, the records end, and `onEnd` hears why.
 *
 * @throws TunesmithError `no-seeds`, `unusable-seed`, `unknown-role`, `missing-model` before anything is asked; the models' failures
 * after that: what was answered is in the journal
 */
export async function* synthesize(
  synthesizer: Synthesizer,
  options: SynthesizeOptions,
): AsyncGenerator<DataRecord> {
  const { request } = prepared(synthesizer, options);
  const { ledger, onAnswer, onEnd, signal, shared, report = createReport(), atOnce = 8 } = options;
  const journal = shared ? keptFrom(shared, options.journal ?? memoryJournal()) : options.journal;
  for (const { model, messages, response } of journal?.records() ?? [])
    ledger?.enter(model, usageOf(messages, response), response.attempts);
  if (shared && journal) await forgetKept(shared, journal);
  const reached = new Map<ChatModel, ChatModel>();
  const reach = (model: ChatModel): ChatModel => {
    const known = reached.get(model);
    if (known) return known;
    const asked = shared
      ? paced(queued(model.name, shared), options)
      : retrying(paced(model, options), options);
    const entered = ledger ? accounted(asked, ledger) : asked;
    const kept = journal ? journaled(entered, journal, onAnswer) : entered;
    reached.set(model, kept);
    return kept;
  };
  try {
    yield* synthesizer.write({
      ...request,
      model: (role) => reach(modelOf(synthesizer, options.models, role)),
      atOnce,
      report,
      ...(signal ? { signal } : {}),
    });
  } catch (error) {
    if (!TunesmithError.is(error) || error.code !== budgetExhausted) throw error;
    onEnd?.(error);
  }
}

/** What a synthesizer will ask with these options, without asking. */
export function planRequests(
  synthesizer: Synthesizer,
  options: Pick<SynthesizeOptions, 'seeds' | 'options' | 'prompts' | 'seed' | 'models'>,
): PlannedRequests[] {
  return synthesizer.plan(prepared(synthesizer, options).request);
}

function prepared(
  synthesizer: Synthesizer,
  {
    seeds,
    options = {},
    prompts,
    seed = 0,
    models,
  }: Pick<SynthesizeOptions, 'seeds' | 'options' | 'prompts' | 'seed' | 'models'>,
) {
  const complete = completeOptions(synthesizerKind, synthesizer, options);
  const request = {
    seeds,
    seed,
    options: complete,
    prompts: replacedPrompts(synthesizer.prompts, prompts),
  };
  const unusable = seeds.find((record) => !synthesizer.acceptsSeed(record));
  if (unusable)
    throw refuse({
      code: 'unusable-seed',
      message: `"${synthesizer.name}" cannot begin from the seed "${unusable.id}"`,
      value: unusable,
      accepted: synthesizer.seeds,
    });
  const least = synthesizer.leastSeeds(complete);
  if (seeds.length < least)
    throw refuse({
      code: 'no-seeds',
      message: `"${synthesizer.name}" has ${seeds.length} seeds`,
      value: seeds.length,
      accepted: `at least ${least}: ${synthesizer.seeds}`,
    });
  for (const role of Object.keys(synthesizer.roles)) modelOf(synthesizer, models, role);
  if (!isModel(models)) requireRoles(synthesizer, models);
  return { request };
}

/** The model of a role: its own, or that of the first role. */
function modelOf(
  { name, roles }: Synthesizer,
  models: SynthesizeOptions['models'],
  role: string,
): ChatModel {
  if (isModel(models)) return models;
  const [first = ''] = Object.keys(roles);
  const of = (one: string) => (Object.hasOwn(models, one) ? models[one] : undefined);
  const model = of(role) ?? of(first);
  if (model) return model;
  throw refuse({
    code: 'missing-model',
    message: `nobody plays "${role}" of "${name}"`,
    value: role,
    accepted: `a model for "${first}", which stands for the others too, or one for each role`,
  });
}

function requireRoles(
  { name, roles }: Synthesizer,
  models: Readonly<Record<string, ChatModel>>,
): void {
  const known = Object.keys(roles);
  const unknown = Object.keys(models).find((role) => !known.includes(role));
  if (unknown === undefined) return;
  const close = nearest(unknown, known);
  throw refuse({
    code: 'unknown-role',
    message: `"${name}" has no role "${unknown}"`,
    value: unknown,
    accepted: known,
    ...(close === undefined ? {} : { nearest: close }),
  });
}

function isModel(models: SynthesizeOptions['models']): models is ChatModel {
  return typeof (models as Partial<ChatModel>).respond === 'function';
}
