import { join } from 'node:path';
import { createReport, findings, type ReportRecorder } from '@tunesmith/datasets';
import { writeFileAtomically } from '@tunesmith/schema/node';
import {
  TunesmithError,
  type ChatModel,
  type DataRecord,
  type StageRecipe,
} from '@tunesmith/schema';
import { createLedger, synthesize, type Ledger } from '@tunesmith/synthesis';
import { fileJournal } from '@tunesmith/synthesis/node';
import { stringify } from 'yaml';
import { openRegistry } from '../open-session.ts';
import { answersIn } from '../run/answers.ts';
import { labelsName, openRunFolder } from '../run/folder.ts';
import { mentionsOf, modelsOf, requireNames } from '../synthesis/models.ts';
import { openQueue, runNameIn, sharedName } from '../synthesis/shared.ts';
import { chosenSynthesizer, prepareSynthesis } from '../synthesis/plan.ts';
import type { StageContext, StageJob, StageOutcome } from './jobs.ts';
import { readingRecipe } from './reading-recipe.ts';
import { rowsOf } from './rows-of.ts';

/** What a stage that writes data keeps of the answers, so that they are not asked for again. */
const journalName = 'journal.jsonl';
const ledgerName = 'ledger.json';
/** Seconds without an answer after which somebody is told that workers are needed. */
const quiet = 10;

/**
 * `synthesize`: leaves `data.jsonl`, what language models wrote, with where it is from (`meta`), and beside it what was asked and
 * answered (`journal.jsonl`), what it took (`ledger.json`), and what was left out and why (`data-report.json`). A stage that was
 * interrupted is done again from the journal: what was answered is not asked again.
 */
export const synthesizeJob: StageJob = {
  name: 'synthesize',
  leaves: () => ['data'],
  async check(stage, { plugins = [], queue }) {
    const registry = await openRegistry({ plugins, pluginNames: stage.plugins ?? [] });
    const { synthesizer } = chosenSynthesizer(stage, registry);
    readingRecipe(stage, registry);
    if (queue !== undefined) registry.choose('queue', queue);
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

async function runSynthesize(stage: StageRecipe, context: StageContext): Promise<StageOutcome> {
  const { directory, resume, overwrite, plugins = [], onEvent, onWork, signal } = context;
  const registry = await openRegistry({ plugins, pluginNames: stage.plugins ?? [] });
  const report = createReport();
  const ledger = createLedger(stage.budget ?? {});
  const work = { report, ledger, onWork, openJournal: answersIn(directory) };
  const { synthesizer, options } = await prepareSynthesis(stage, registry, work);
  const queue = context.queue === undefined ? undefined : await openQueue(context.queue, registry);
  const folder = await openRunFolder({
    directory,
    // what was answered is kept in a run that is gone on with
    ...(resume ? { resume } : { overwrite }),
    writes: [labelsName, journalName, ledgerName, sharedName, 'data-report.json'],
  });
  const say = (code: string, message: string): void =>
    onEvent?.({ type: 'warning', code, message });
  const askedByFilters = Object.keys(ledger.entries());
  const open = new Map<string, ChatModel>();
  const journal = await folder
    .claim(stringify(stage))
    .then(() => fileJournal(join(directory, journalName)))
    .catch(async (error: unknown) => {
      await folder.release();
      await queue?.close();
      throw error;
    });
  const unanswered = queue && setTimeout(() => say('no-worker', noWorker), quiet * 1000);
  try {
    const shared = queue && { queue, run: await runNameIn(join(directory, sharedName)) };
    const models = await modelsOf(stage, registry, open, onWork, shared !== undefined);
    requireNames(stage, [...[...open.values()].map(({ name }) => name), ...askedByFilters]);
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
      ...(shared ? { shared } : {}),
      ...(signal ? { signal } : {}),
      onAnswer(isKnown) {
        answers += 1;
        if (isKnown) known += 1;
        else clearTimeout(unanswered);
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
    clearTimeout(unanswered);
    await journal.close();
    await queue?.close();
    for (const model of open.values()) await model.close?.();
    await folder.release();
  }
  return { reason: 'done' };
}

const noWorker = `no worker has answered for ${quiet} s: on any machine, tunesmith worker RECIPE --queue …`;

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

function refuse(
  code: string,
  message: string,
  value: unknown,
  accepted: string | string[],
): TunesmithError {
  return new TunesmithError({ package: 'tunesmith', code, message, value, accepted });
}
