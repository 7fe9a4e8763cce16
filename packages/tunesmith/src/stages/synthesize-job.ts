import { join } from 'node:path';
import { createReport, findAdapter, findings, type ReportRecorder } from '@tunesmith/datasets';
import { writeFileAtomically } from '@tunesmith/schema/node';
import {
  isInstance,
  listOf,
  mentionOf,
  partsOf,
  resolveRecipe,
  TunesmithError,
  type ChatModel,
  type DataRecord,
  type Mention,
  type Registry,
  type StageRecipe,
} from '@tunesmith/schema';
import {
  createLedger,
  planRequests,
  synthesize,
  type Ledger,
  type PlannedRequests,
  type SynthesizeOptions,
  type Synthesizer,
} from '@tunesmith/synthesis';
import { fileJournal } from '@tunesmith/synthesis/node';
import { stringify } from 'yaml';
import { collectData } from '../data/collect.ts';
import { recordsNear } from '../data/records-near.ts';
import { openRegistry } from '../open-session.ts';
import { labelsName, openRunFolder } from '../run/folder.ts';
import { completeRecipe } from '../train/complete.ts';
import type { StageContext, StageJob, StageOutcome } from './jobs.ts';

/** What a stage that writes data keeps of the answers, so that they are not asked for again. */
export const journalName = 'journal.jsonl';
const ledgerName = 'ledger.json';

/**
 * `synthesize`: leaves `data.jsonl`, what language models wrote, with where it is from (`meta`), and beside it what was asked and
 * answered (`journal.jsonl`), what it took (`ledger.json`), and what was left out and why (`data-report.json`). A stage that was
 * interrupted is done again from the journal: what was answered is not asked again.
 */
export const synthesizeJob: StageJob = {
  name: 'synthesize',
  leaves: () => ['data'],
  async check(stage, { plugins = [] }) {
    const registry = await openRegistry({ plugins, pluginNames: stage.plugins ?? [] });
    const { synthesizer } = chosen(stage, registry);
    for (const [role, mention] of mentionsOf(stage)) {
      registry.choose('chat-model', mention);
      if (role !== undefined && !Object.hasOwn(synthesizer.roles, role))
        throw refuse(
          'unknown-role',
          `stage "${stage.name}": "${synthesizer.name}" has no role "${role}"`,
          role,
          Object.keys(synthesizer.roles),
        );
    }
    if (stage.chat_model === undefined && stage.model === undefined)
      throw refuse(
        'missing-model',
        `stage "${stage.name}" has nobody who writes`,
        stage.name,
        'chat_model, or a model of ours as model',
      );
    const { cap, prices = {} } = stage.budget ?? {};
    if (cap !== undefined && Object.keys(prices).length === 0)
      throw refuse(
        'no-prices',
        `stage "${stage.name}" has a cap of ${cap} and no prices, so that nothing costs anything`,
        cap,
        'budget.prices: { MODEL: { input: …, output: … } }, for a million tokens',
      );
  },
  run: runSynthesize,
};

/** Seeds of a stage, and what writes from them. */
export interface SynthesisPlan {
  readonly synthesizer: Synthesizer;
  readonly options: Omit<SynthesizeOptions, 'models'>;
}

/** What a stage will ask, without asking: see `Synthesizer.plan`. */
export async function planOfStage(
  stage: StageRecipe,
  { plugins = [] }: Pick<StageContext, 'plugins'>,
): Promise<readonly PlannedRequests[]> {
  const registry = await openRegistry({ plugins, pluginNames: stage.plugins ?? [] });
  const { synthesizer, options } = await prepared(stage, registry, createReport());
  const nobody: ChatModel = {
    name: 'nobody',
    respond: () => Promise.reject(new Error('a plan asks nobody')),
  };
  return planRequests(synthesizer, { ...options, models: nobody });
}

function chosen(stage: StageRecipe, registry: Registry) {
  const { plugin, options } = registry.choose('synthesizer', stage.synthesizer!);
  return { synthesizer: plugin, options };
}

async function prepared(
  stage: StageRecipe,
  registry: Registry,
  report: ReportRecorder,
): Promise<SynthesisPlan> {
  const { synthesizer, options } = chosen(stage, registry);
  const {
    data = [],
    seed = 0,
    plugins = [],
    prompts,
    at_once: atOnce,
    per_minute: perMinute,
  } = stage;
  const recipe = resolveRecipe(
    { model: '.', method: 'none', data, seed, plugins },
    { package: 'tunesmith', what: `recipe of stage "${stage.name}"` },
  );
  const complete = completeRecipe(recipe, {}, registry).recipe;
  const collected = await collectData(complete.data, {
    registry,
    template: registry.settled('prompt-template', complete.template),
    records: recordsNear(process.cwd()),
    seed,
  });
  return {
    synthesizer,
    options: {
      seeds: collected.train,
      options,
      seed,
      report,
      ...(prompts ? { prompts } : {}),
      ...(atOnce === undefined ? {} : { atOnce }),
      ...(perMinute === undefined ? {} : { perMinute }),
    },
  };
}

async function runSynthesize(stage: StageRecipe, context: StageContext): Promise<StageOutcome> {
  const { directory, resume, overwrite, plugins = [], onEvent, onWork, signal } = context;
  const registry = await openRegistry({ plugins, pluginNames: stage.plugins ?? [] });
  const report = createReport();
  const { synthesizer, options } = await prepared(stage, registry, report);
  const folder = await openRunFolder({
    directory,
    // what was answered is kept in a run that is gone on with
    ...(resume ? { resume } : { overwrite }),
    writes: [labelsName, journalName, ledgerName, 'data-report.json'],
  });
  const say = (code: string, message: string): void =>
    onEvent?.({ type: 'warning', code, message });
  const ledger = createLedger(stage.budget ?? {});
  const open = new Map<string, ChatModel>();
  const journal = await folder
    .claim(stringify(stage))
    .then(() => fileJournal(join(directory, journalName)))
    .catch(async (error: unknown) => {
      await folder.release();
      throw error;
    });
  try {
    const models = await modelsOf(stage, registry, open, onWork);
    requireNames(stage, [...open.values()]);
    let [answers, known, count] = [0, 0, 0];
    const told = (): void =>
      onWork?.(
        `writing: ${count} records, ${answers} answers${known > 0 ? ` (${known} from before)` : ''}${ledger.spent() > 0 ? `, ${ledger.spent().toFixed(4)} spent` : ''}`,
      );
    const records: DataRecord[] = [];
    const written = synthesize(synthesizer, {
      ...options,
      models,
      ledger,
      journal,
      ...(signal ? { signal } : {}),
      onAnswer(isKnown) {
        answers += 1;
        if (isKnown) known += 1;
        told();
      },
      onRetry: (error, seconds) =>
        say(error.code, `${error.message}; asking again in ${seconds.toFixed(1)} s`),
      onEnd: (error) => say(error.code, `the budget ended it: ${error.message}`),
    });
    for await (const record of written) {
      records.push(record);
      count = records.length;
      told();
    }
    if (records.length === 0)
      throw refuse(
        'nothing-written',
        `stage "${stage.name}": nothing that was written could be kept: ${reasonsOf(report)}`,
        stage.name,
        'answers of another model or with other options',
      );
    for (const { code, message } of findings(report.report())) say(code, message);
    await writeFileAtomically(
      join(directory, 'data-report.json'),
      JSON.stringify(report.report(), null, 2),
    );
    await writeFileAtomically(folder.labels, rowsOf(records));
  } catch (error) {
    if (signal?.aborted) return { reason: 'interrupted' };
    throw error;
  } finally {
    await writeLedger(join(directory, ledgerName), ledger);
    await journal.close();
    for (const model of open.values()) await model.close?.();
    await folder.release();
  }
  return { reason: 'done' };
}

/** Who answers, by role; several roles that name the same model share it. */
async function modelsOf(
  stage: StageRecipe,
  registry: Registry,
  open: Map<string, ChatModel>,
  onWork: StageContext['onWork'],
): Promise<SynthesizeOptions['models']> {
  const reach = async (mention: Mention): Promise<ChatModel> => {
    const found = registry.choose('chat-model', mention);
    const key = JSON.stringify(mentionOf(found));
    const known = open.get(key);
    if (known) return known;
    onWork?.(`opening the model ${partsOf(mention).name}`);
    const model = await found.plugin.open(found.options);
    open.set(key, model);
    return model;
  };
  const byRole: Record<string, ChatModel> = {};
  for (const [role, mention] of mentionsOf(stage)) {
    const model = await reach(mention);
    if (role === undefined) return model;
    byRole[role] = model;
  }
  return byRole;
}

/** The models that a stage mentions: one for all roles, or one by role; its own model where it mentions none. */
function mentionsOf(
  stage: StageRecipe,
): readonly (readonly [role: string | undefined, mention: Mention])[] {
  const { chat_model: given, model, adapter, device, threads } = stage;
  if (given === undefined) {
    if (model === undefined) return [];
    const of = typeof model === 'string' ? { from: model } : model;
    const [on] = listOf(adapter);
    return [
      [
        undefined,
        {
          name: 'local',
          model: of.from,
          ...(on ? { adapter: on.from } : {}),
          ...('precision' in of && typeof of.precision === 'string'
            ? { precision: of.precision }
            : {}),
          ...(typeof device === 'string' ? { device } : {}),
          ...(threads === undefined ? {} : { threads }),
        },
      ],
    ];
  }
  if (isMention(given)) return [[undefined, given]];
  return Object.entries(given);
}

function isMention(given: NonNullable<StageRecipe['chat_model']>): given is Mention {
  return typeof given === 'string' || typeof (given as { name?: unknown }).name === 'string';
}

/** Prices of a model that is not asked would be a cap that does not hold. */
function requireNames({ name, budget }: StageRecipe, models: readonly ChatModel[]): void {
  const names = models.map((model) => model.name);
  const unknown = Object.keys(budget?.prices ?? {}).find((model) => !names.includes(model));
  if (unknown !== undefined)
    throw refuse(
      'unknown-name',
      `stage "${name}" has prices of "${unknown}", which it does not ask`,
      unknown,
      names,
    );
}

async function writeLedger(path: string, ledger: Ledger): Promise<void> {
  await writeFileAtomically(
    path,
    JSON.stringify({ spent: ledger.spent(), models: ledger.entries() }, null, 2),
  );
}

function reasonsOf(report: ReportRecorder): string {
  const dropped = report.report().steps.flatMap((step) => step.dropped);
  return (
    dropped.map(({ reason, count }) => `${count} × ${reason}`).join(', ') || 'there was nothing'
  );
}

/** Records as rows of a file that is read back as they are. */
function rowsOf(records: readonly DataRecord[]): string {
  const format = findAdapter(records.every(isInstance) ? 'alpaca' : 'messages');
  return records.map((record) => `${JSON.stringify(format.write!(record, {}))}\n`).join('');
}

function refuse(
  code: string,
  message: string,
  value: unknown,
  accepted: string | string[],
): TunesmithError {
  return new TunesmithError({ package: 'tunesmith', code, message, value, accepted });
}
