import { startContestant } from '../contestant.ts';
import { built, median } from '../train/measure.ts';

/** What full fine-tuning with one optimizer took. */
export interface MemoryRow {
  readonly optimizer: string;
  /** Seconds of the median step; the first, which compiles, does not count. */
  readonly seconds: number;
  /** Peak resident memory of the process in bytes. */
  readonly peakMemory: number;
  /** Loss of the last step. */
  readonly loss: number;
}

/** Full fine-tuning with each optimizer, a process each, one after the other. */
export async function compareMemory(options: {
  /** Names of `optimizers`. */
  readonly optimizers: readonly string[];
  readonly shape: string;
  readonly steps: number;
  readonly threads: number;
  readonly say: (line: string) => void;
}): Promise<MemoryRow[]> {
  const { shape, steps, threads, say } = options;
  const rows: MemoryRow[] = [];
  for (const optimizer of options.optimizers) {
    const parameters = [optimizer, String(threads), String(steps), shape];
    const contestant = startContestant(process.execPath, [built('full-steps'), ...parameters]);
    const seconds: number[] = [];
    let loss = Number.NaN;
    for (let step = 1; step <= steps; step++) {
      const answer = await contestant.answer();
      loss = answer['loss']!;
      if (step > 1 || steps === 1) seconds.push(answer['seconds']!);
      say(
        `${optimizer}  step ${step}  ${answer['seconds']!.toFixed(2)} s  loss ${loss.toFixed(4)}`,
      );
    }
    await contestant.answer();
    rows.push({ optimizer, seconds: median(seconds), peakMemory: contestant.peakMemory(), loss });
    contestant.end();
  }
  return rows;
}
