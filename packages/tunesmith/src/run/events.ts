import { printable, type EvaluationEvent, type RunEvent } from '@tunesmith/schema';

/** The name of the file of a run's events. */
export const eventsName = 'events.jsonl';

/** Writes a run's events, one line each, as they happen. */
export interface EventLog {
  append(event: RunEvent): void;
  close(): Promise<void>;
}

/** An event as the file of events has it. */
export function lineOf(event: RunEvent): string {
  return `${printable(JSON.stringify(event))}\n`;
}

/**
 * The events of a run, in order; a line that a crash cut off, or that holds no event, is passed over.
 *
 * A run that went on from a checkpoint did some steps twice, and only the later time counts: of what it had logged before,
 * everything of a later step than that of the checkpoint is left out, and so are the end it had come to and what was
 * measured after it.
 */
export function eventsIn(text: string): RunEvent[] {
  const events = text.split('\n').flatMap((line) => {
    try {
      const event = JSON.parse(line) as RunEvent | null;
      return typeof event?.type === 'string' ? [event] : [];
    } catch {
      return [];
    }
  });
  let kept: RunEvent[] = [];
  let reached = 0;
  for (const event of events) {
    if (event.type === 'resume') kept = kept.filter(isOlderThan(event.step + 1));
    else if (event.type === 'step' && event.step <= reached)
      kept = kept.filter(isOlderThan(event.step));
    else if (event.type === 'evaluation' && event.phase !== 'during')
      kept = kept.filter((earlier) => !isSameMeasurement(earlier, event));
    if (event.type === 'resume' || event.type === 'step') reached = event.step;
    kept.push(event);
  }
  return kept;
}

/** Whether an event stands when the run does a step again: it is of an earlier one, and tells of no end. */
function isOlderThan(step: number): (event: RunEvent) => boolean {
  return (event) => {
    if (event.type === 'end') return false;
    if (event.type === 'evaluation' && event.phase === 'after') return false;
    return !('step' in event) || event.step === undefined || event.step < step;
  };
}

function isSameMeasurement(one: RunEvent, other: EvaluationEvent): boolean {
  return one.type === 'evaluation' && one.phase === other.phase && one.task === other.task;
}
