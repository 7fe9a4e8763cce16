import { relative } from 'node:path';
import type { Command } from 'commander';
import type { TrainSummary } from '../train/job.ts';
import type { Terminal } from './terminal.ts';
import { createCommand, terminalOf } from './shared.ts';
import { exitCodes } from './exit-codes.ts';
import { interruptible } from './interrupt.ts';

interface TrainFlags {
  resume?: boolean;
  overwrite?: boolean;
  json?: boolean;
}

/** `tunesmith train` */
export function trainCommand(exit: (code: number) => void): Command {
  return createCommand('train', 'Train what a recipe describes, and report what was learned', [
    'train recipe.yaml',
    'train recipe.yaml training.steps=50 method.r=16 output=runs/second',
    'train runs/first --resume',
  ])
    .argument('<recipe>', 'a recipe (.yaml or .json), or the folder of an earlier run')
    .argument(
      '[settings...]',
      'key=value on top of the recipe, such as training.steps=200 or data[0].limit=100',
    )
    .option('--resume', 'go on from the newest whole checkpoint in the output folder')
    .option('--overwrite', 'replace the run in the output folder')
    .action(async (recipe: string, settings: string[], flags: TrainFlags) => {
      const terminal = terminalOf(flags);
      const { readRecipe } = await import('../recipe/read.ts');
      const { recipe: read } = await readRecipe(recipe, { overrides: settings });
      if (read.stages) return trainStages(recipe, settings, flags, exit);
      const { describeRun } = await import('../train/describe.ts');
      const { train } = await import('../train/train.ts');
      const { createProgress, showEvaluation } = await import('./progress.ts');
      const progress = createProgress(terminal);
      let folder = '';
      let saved = false;
      const summary = await interruptible(
        (signal, hold) =>
          train(recipe, {
            ...asked(settings, flags, terminal),
            signal,
            onFolder: (directory) => {
              folder = directory;
              hold();
            },
            onEvent: (event) => {
              saved ||= event.type === 'checkpoint';
              progress.event(event);
            },
            onEvaluation: (phase, event) => showEvaluation(terminal, event, `${phase} training`),
          }),
        () => terminal.note('stopping after this step; press Ctrl-C again to stop at once'),
      ).catch((error: unknown) => {
        terminal.endDrawing();
        if (saved)
          terminal.note(
            `the checkpoints are whole. To go on:\n  tunesmith train ${shown(folder)} --resume`,
          );
        throw error;
      });
      const { recipe: resolved, data: _, ...rest } = summary;
      terminal.result(
        { ...rest, method: resolved.method },
        describe(summary, describeRun(summary)),
        { kept: true },
      );
      if (summary.reason === 'interrupted') {
        terminal.note(
          `interrupted at step ${summary.step}; what was done is kept. To go on:\n  tunesmith train ${shown(summary.directory)} --resume`,
        );
        exit(exitCodes.interrupted);
      }
    });
}

/** What the command line asks of a run, of one stage or several. */
function asked(settings: readonly string[], flags: TrainFlags, terminal: Terminal) {
  return {
    overrides: settings,
    ...(flags.resume ? { resume: true } : {}),
    ...(flags.overwrite ? { overwrite: true } : {}),
    onWork: terminal.working,
  };
}

/** A recipe of several stages, one after the other. */
async function trainStages(
  recipe: string,
  settings: readonly string[],
  flags: TrainFlags,
  exit: (code: number) => void,
): Promise<void> {
  const terminal = terminalOf(flags);
  const { describeRun } = await import('../train/describe.ts');
  const { runStages } = await import('../stages/run.ts');
  const { createProgress, showEvaluation } = await import('./progress.ts');
  let progress = createProgress(terminal);
  let folder = '';
  let begun = false;
  const goOn = (): string => `To go on:\n  tunesmith train ${shown(folder)} --resume`;
  const summary = await interruptible(
    (signal, hold) =>
      runStages(recipe, {
        ...asked(settings, flags, terminal),
        signal,
        onFolder: (directory) => {
          folder = directory;
          hold();
        },
        onEvent: (event) => {
          if (event.type === 'stage-start') {
            begun = true;
            progress = createProgress(terminal);
            terminal.note(`stage ${event.stage}: ${event.job}`);
          } else progress.event(event);
        },
        onEvaluation: (phase, event, stage) =>
          showEvaluation(terminal, event, `${stage}, ${phase} training`),
      }),
    () => terminal.note('stopping after this step; press Ctrl-C again to stop at once'),
  ).catch((error: unknown) => {
    terminal.endDrawing();
    if (begun) terminal.note(`finished stages are kept. ${goOn()}`);
    throw error;
  });
  const { recipe: _, stages, ...rest } = summary;
  const told = stages.map(({ summary: found, ...stage }) => {
    const text = found ? describeRun(found, { answers: 0 }) : '';
    return [`${stage.name}  ${stage.job}: ${stage.reason}`, ...(text === '' ? [] : [text])];
  });
  const results = stages.map(({ summary: found, ...stage }) => {
    if (!found) return stage;
    const { recipe: __, data: ___, ...kept } = found;
    return { ...stage, summary: kept };
  });
  terminal.result(
    { ...rest, stages: results },
    [
      ...told.flat(),
      '',
      `${summary.reason}: ${stages.length} stages`,
      ...(summary.report ? [`report   ${shown(summary.report)}`] : []),
    ].join('\n'),
    { kept: true },
  );
  if (summary.reason !== 'interrupted') return;
  terminal.note(`interrupted in stage ${stages.at(-1)?.name}; what was done is kept. ${goOn()}`);
  exit(exitCodes.interrupted);
}

function describe(summary: TrainSummary, found: string): string {
  const { adapter, model, report, best, reason, step } = summary;
  return [
    ...(found === '' ? [] : [found, '']),
    `${reason === 'interrupted' ? 'interrupted' : 'done'}: ${step} steps${best ? `, best at step ${best.step}` : ''}`,
    ...(adapter ? [`adapter  ${shown(adapter)}`] : []),
    ...(model ? [`model    ${shown(model)}`] : []),
    ...(report ? [`report   ${shown(report)}`] : []),
  ].join('\n');
}

function shown(path: string): string {
  const short = relative(process.cwd(), path);
  return short.startsWith('..') || short === '' ? path : short;
}
