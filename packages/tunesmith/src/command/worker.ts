import { InvalidArgumentError, type Command } from 'commander';
import type { Mention } from '@tunesmith/schema';
import { queueOf } from '../synthesis/queue-of.ts';
import { mentioned } from './data-flags.ts';
import { interruptible } from './interrupt.ts';
import { createCommand, terminalOf, warn, wholeNumber } from './shared.ts';

interface WorkerFlags {
  queue: Mention;
  atOnce?: number;
  idle?: number;
  json?: boolean;
}

/** What `--queue` takes, in the help of the commands that have it. */
export const queueFlag = [
  '--queue <where>',
  'where requests are shared: redis://host:6379, a file such as queue.jsonl, or { name: …, option: … } (list queue names them)',
] as const;

/** `tunesmith worker` */
export function workerCommand(): Command {
  return createCommand('worker', 'Answer the requests of jobs that write data, from a queue', [
    'worker answers.yaml --queue queue.jsonl --at-once 4 --idle 10',
  ])
    .argument('<recipe>', 'the recipe of the job: its models answer')
    .argument('[settings...]', 'key=value on top of it, such as chat_model.base_url=…')
    .requiredOption(...queueFlag, queueMentioned)
    .option(
      '--at-once <n>',
      'requests of a model under way at once; as the recipe says by default',
      wholeNumber(1),
    )
    .option('--idle <seconds>', 'end after so many seconds without a request', wholeNumber(1))
    .action(async (recipe: string, settings: string[], flags: WorkerFlags) => {
      const terminal = terminalOf(flags);
      const { runWorker } = await import('../synthesis/worker.ts');
      const { queue, atOnce, idle } = flags;
      const summary = await interruptible(
        (signal, hold) =>
          runWorker(recipe, {
            overrides: settings,
            queue,
            signal,
            onWork: terminal.working,
            onWarning: (message) => warn(terminal, message),
            onReady(models) {
              hold();
              terminal.note(`answering for ${models.join(', ')}; Ctrl-C ends it`);
            },
            ...(atOnce === undefined ? {} : { atOnce }),
            ...(idle === undefined ? {} : { idle }),
          }),
        () =>
          terminal.note('ending with what is under way; press Ctrl-C again to leave it to others'),
      );
      const { answered, failed, late } = summary;
      const count = (number: number, what: string) => `${number} ${what}${number === 1 ? '' : 's'}`;
      terminal.result(
        summary,
        [
          count(answered, 'answer'),
          ...(failed > 0 ? [count(failed, 'failure')] : []),
          ...(late > 0 ? [`${late} that another worker had answered by then`] : []),
        ].join(', '),
      );
    });
}

/** A queue as it is named on the command line. */
export function queueMentioned(text: string): Mention {
  if (text.trim() === '')
    throw new InvalidArgumentError('Accepted: redis://host:6379, a file, or { name: … }.');
  return text.trim().startsWith('{') ? mentioned(text) : queueOf(text);
}
