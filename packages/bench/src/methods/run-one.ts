/**
 * One run of `bench methods`, or the few steps that say what a method costs, in a process of its own so that its peak memory is its own.
 *
 * Usage: run-one.js RECIPE OUTPUT RESULT [key=value ...]. Goes on where a run in OUTPUT was interrupted. The result is written last
 * and at once, so that it stands only for runs that ended.
 */
import { existsSync, readdirSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { TunesmithError } from '@tunesmith/schema';
import { train } from 'tunesmith/node';
import { valuesOf, type MeasuredCost, type MeasuredRun } from './table.ts';

const [recipe = '', output = '', resultFile = '', ...overrides] = process.argv.slice(2);
const gaps: number[] = [];
let last: number | undefined;
let trainable = 0;
let total = 0;

async function measure(): Promise<void> {
  const summary = await train(recipe, {
    overrides: [...overrides, `output=${output}`],
    ...(existsSync(join(output, 'run.json')) ? { resume: true } : {}),
    onEvent(event) {
      if (event.type === 'start') {
        trainable = event.trainable_parameters ?? 0;
        total = event.total_parameters ?? 0;
        last = undefined;
      }
      // measurements and checkpoints stand between steps too: a gap counts from step to step alone
      const now = performance.now();
      if (event.type === 'step' && last !== undefined) gaps.push((now - last) / 1000);
      last = event.type === 'step' ? now : undefined;
    },
  });
  const measured = summary.after ?? summary.before;
  if (summary.reason !== 'done') throw new Error(`the run ended early: ${summary.reason}`);
  const saved = summary.adapter ?? summary.model;
  const run: MeasuredRun & MeasuredCost = {
    trainable,
    total,
    savedBytes: saved === undefined ? 0 : bytesIn(saved),
    // of Linux, in KiB
    peakMemory: process.resourceUsage().maxRSS * 1024,
    stepSeconds: gaps.toSorted((a, b) => a - b)[Math.floor(gaps.length / 2)] ?? 0,
    values: valuesOf(measured?.instances ?? []),
  };
  writeFileSync(`${resultFile}.part`, JSON.stringify(run));
  renameSync(`${resultFile}.part`, resultFile);
}

measure().catch((error: unknown) => {
  process.stderr.write(`${TunesmithError.is(error) ? error.message : String(error)}\n`);
  process.exitCode = 1;
});

function bytesIn(folder: string): number {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => statSync(join(folder, name)))
    .reduce((sum, entry) => sum + (entry.isFile() ? entry.size : 0), 0);
}
