import type { EvaluateEvent } from '@tunesmith/evaluation';
import type { RunEvent, StepEvent } from '@tunesmith/schema';
import { formatPreview, type PreviewDocument } from '@tunesmith/trainer';
import { duration, readable } from '@tunesmith/report';
import { warn } from './shared.ts';
import type { Terminal } from './terminal.ts';

/** Tells a person how a run goes: a bar that is drawn over on a terminal, plain lines now and then elsewhere. */
export interface Progress {
  event(event: RunEvent): void;
}

const plainEverySeconds = 5;

/** Shows a run's events. The clock is given so that tests can hold it. */
export function createProgress(
  terminal: Terminal,
  now: () => number = () => performance.now() / 1000,
): Progress {
  let planned = 0;
  let firstStep: { step: number; at: number } | undefined;
  let lastPlain = -Infinity;

  const showStep = (event: StepEvent): void => {
    const at = now();
    firstStep ??= { step: event.step - 1, at: at - (event.seconds ?? 0) };
    const perStep = (at - firstStep.at) / Math.max(1, event.step - firstStep.step);
    const left = (planned - event.step) * perStep;
    const speed = event.seconds
      ? `${readable(event.supervised_tokens / event.seconds)} supervised tok/s`
      : '';
    const facts = [
      `loss ${event.loss.toFixed(4)}`,
      // as it may stand in a recipe
      `lr ${Number(event.learning_rate.toPrecision(3))}`,
      speed,
      left > 0 ? `${duration(left)} left` : '',
    ];
    const text = facts.filter((fact) => fact !== '').join('  ');
    if (terminal.live) {
      terminal.draw(`${bar(event.step, planned)} ${event.step}/${planned}  ${text}`);
    } else if (event.step === 1 || event.step === planned || at - lastPlain >= plainEverySeconds) {
      lastPlain = at;
      terminal.note(`step ${event.step}/${planned}  ${text}`);
    }
  };

  return {
    event(event) {
      switch (event.type) {
        case 'start':
          planned = event.steps;
          announce(event, terminal);
          break;
        case 'step':
          showStep(event);
          break;
        case 'evaluation':
          // Measurements before and after are told together at the end, one against the other.
          if (event.phase === 'before' || event.phase === 'after') break;
          terminal.note(`step ${event.step}: ${event.task}  ${scores(event.scores)}`);
          break;
        case 'checkpoint':
          if (!terminal.live) terminal.note(`checkpoint at step ${event.step}`);
          break;
        case 'best':
          terminal.note(
            `best so far: ${event.metric} ${readable(event.value)} at step ${event.step}`,
          );
          break;
        case 'resume':
          terminal.note(`goes on from step ${event.step}`);
          break;
        case 'warning':
          warn(terminal, event.message);
          break;
        case 'end':
          terminal.endDrawing();
          break;
      }
    },
  };
}

/** Shows how far an evaluation is. `which` says which one, where there are several. */
export function showEvaluation(terminal: Terminal, event: EvaluateEvent, which?: string): void {
  const prefix = which === undefined ? '' : `${which}: `;
  if (event.type === 'task-start' && !terminal.live) {
    terminal.note(`${prefix}measuring ${event.task} on ${event.instances} instances`);
  }
  if (event.type === 'progress') {
    terminal.draw(
      `${bar(event.done, event.instances)} ${prefix}${event.task}, ${event.done} of ${event.instances}`,
    );
  }
}

function announce(event: Extract<RunEvent, { type: 'start' }>, terminal: Terminal): void {
  const { trainable_parameters: trained, total_parameters: total, steps, device } = event;
  const share = trained !== undefined && total ? ` (${readable((100 * trained) / total)} %)` : '';
  const parts = [
    `${steps} steps on ${device ?? 'the device'}`,
    ...(trained === undefined
      ? []
      : [
          `${trained.toLocaleString('en-US')} of ${(total ?? trained).toLocaleString('en-US')} parameters train${share}`,
        ]),
  ];
  terminal.note(parts.join(', '));
  const preview = (event as { first_batch?: readonly PreviewDocument[] }).first_batch;
  if (preview && preview.length > 0) {
    terminal.note('first examples, what is learned between ⟦ and ⟧:');
    const lines = formatPreview(preview).split('\n').slice(0, 3);
    for (const line of lines) terminal.note(`  ${terminal.style('dim', shorten(line, 320))}`);
  }
}

/** The beginning and the end of a text that is too long: the answer, which is learned, stands at the end. */
function shorten(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length / 2)} … ${text.slice(-length / 2)}`;
}

function scores(of: Readonly<Record<string, { value: number }>>): string {
  return Object.entries(of)
    .map(([name, { value }]) => `${name} ${readable(value)}`)
    .join('  ');
}

function bar(done: number, total: number, width = 24): string {
  const eighths = total === 0 ? 0 : Math.round((done / total) * width * 8);
  const whole = Math.floor(eighths / 8);
  const part = ' ▏▎▍▌▋▊▉'[eighths % 8] ?? '';
  return `${'█'.repeat(whole)}${whole < width ? part : ''}`.padEnd(width).replaceAll(' ', '·');
}
