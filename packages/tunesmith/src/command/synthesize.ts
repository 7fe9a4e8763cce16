import type { Mention } from '@tunesmith/schema';
import type { Command } from 'commander';
import type { StagesSummary } from '../stages/run.ts';
import { exitCodes } from './exit-codes.ts';
import { interruptible } from './interrupt.ts';
import { createCommand, terminalOf } from './shared.ts';
import { queueFlag, queueMentioned } from './worker.ts';

interface SynthesizeFlags {
  resume?: boolean;
  overwrite?: boolean;
  dryRun?: boolean;
  queue?: Mention;
  json?: boolean;
}

/** `tunesmith synthesize` */
export function synthesizeCommand(exit: (code: number) => void): Command {
  return createCommand('synthesize', 'Let language models write instruction data', [
    'synthesize answers.yaml --dry-run',
    'synthesize answers.yaml',
    'synthesize answers.yaml synthesizer.max_tokens=200 output=runs/longer',
    'synthesize answers.yaml --resume',
    'synthesize answers.yaml --queue queue.jsonl at_once=64 output=runs/shared',
  ])
    .argument('<recipe>', 'a recipe with a synthesizer, or with stages (.yaml or .json)')
    .argument('[settings...]', 'key=value on top of the recipe, such as at_once=4')
    .option('--dry-run', 'say what would be asked and what it may cost; ask nothing')
    .option('--resume', 'go on where it ended: what was answered is not asked again')
    .option('--overwrite', 'replace what is in the output folder')
    .option(...queueFlag, queueMentioned)
    .action(async (recipe: string, settings: string[], flags: SynthesizeFlags) => {
      const terminal = terminalOf(flags);
      const { describeEstimate, estimateSynthesis, requireStages } =
        await import('../synthesis/estimate.ts');
      if (flags.dryRun) {
        const estimate = await estimateSynthesis(recipe, settings);
        terminal.result(estimate, describeEstimate(estimate));
        return;
      }
      const { readRecipe } = await import('../recipe/read.ts');
      const { recipe: read } = await readRecipe(recipe, { overrides: settings });
      requireStages(read.stages ?? [], recipe);
      const { runStages } = await import('../stages/run.ts');
      const { createProgress, showEvaluation } = await import('./progress.ts');
      const { describeSynthesis } = await import('../synthesis/describe.ts');
      const progress = createProgress(terminal);
      const again = `tunesmith synthesize ${recipe}${settings.length > 0 ? ` ${settings.join(' ')}` : ''}${flags.queue === undefined ? '' : ' --queue …'} --resume`;
      let held = false;
      const summary: StagesSummary = await interruptible(
        (signal, hold) =>
          runStages(recipe, {
            overrides: settings,
            ...(flags.resume ? { resume: true } : {}),
            ...(flags.overwrite ? { overwrite: true } : {}),
            ...(flags.queue === undefined ? {} : { queue: flags.queue }),
            signal,
            onWork: terminal.working,
            onFolder: () => {
              held = true;
              hold();
            },
            onEvent: (event) => {
              if (event.type !== 'stage-start') progress.event(event);
            },
            onEvaluation: (phase, event, stage) =>
              showEvaluation(terminal, event, `${stage}, ${phase} training`),
          }),
        () => terminal.note('stopping; press Ctrl-C again to stop at once'),
      ).catch((error: unknown) => {
        terminal.endDrawing();
        if (held) terminal.note(`what was answered is kept. To go on:\n  ${again}`);
        throw error;
      });
      const { result, text } = await describeSynthesis(summary);
      terminal.result(result, text, { kept: true });
      if (summary.reason !== 'interrupted') return;
      terminal.note(`interrupted; what was answered is kept. To go on:\n  ${again}`);
      exit(exitCodes.interrupted);
    });
}
