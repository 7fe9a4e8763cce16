import { readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import type { DataReport } from '@tunesmith/datasets';
import { describeReport } from '@tunesmith/datasets';
import type { StagesSummary } from '../stages/run.ts';

/** What came of a recipe that writes data, as a value and in words. */
export async function describeSynthesis({ directory, stages, reason }: StagesSummary): Promise<{
  readonly result: unknown;
  readonly text: string;
}> {
  const told: string[] = [];
  const results: unknown[] = [];
  for (const { name, job, directory: folder, reason: how } of stages) {
    const report = await readJson<DataReport>(join(folder, 'data-report.json'));
    const ledger = await readJson<{ spent: number; models: Record<string, Took> }>(
      join(folder, 'ledger.json'),
    );
    const data =
      job === 'synthesize' && how !== 'interrupted' ? join(folder, 'data.jsonl') : undefined;
    results.push({ name, job, reason: how, ...(data ? { data } : {}), report, ledger });
    told.push(`${name}  ${job}: ${how}`);
    if (report && job === 'synthesize') told.push(describeReport(report));
    for (const [model, took] of Object.entries(ledger?.models ?? {}))
      told.push(describeTook(model, took));
    if (data) told.push(`data     ${shown(data)}`);
  }
  return { result: { directory, reason, stages: results }, text: told.join('\n') };
}

interface Took {
  readonly requests: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly guessed: number;
  readonly lost?: number;
  readonly cost: number;
}

/** What was asked of a model, in a line. */
export function describeTook(
  model: string,
  { requests, inputTokens, outputTokens, guessed, lost = 0, cost }: Took,
): string {
  const number = (value: number) => value.toLocaleString('en-US');
  return `${model}: ${number(requests)} requests, ${number(inputTokens)} tokens read, ${number(outputTokens)} written${guessed > 0 ? ` (${number(guessed)} of them guessed)` : ''}${lost > 0 ? `, ${number(lost)} asked again as workers were lost` : ''}${cost > 0 ? `, ${cost.toFixed(4)} spent` : ''}`;
}

async function readJson<Value>(path: string): Promise<Value | undefined> {
  const text = await readFile(path, 'utf8').catch(() => undefined);
  return text === undefined ? undefined : (JSON.parse(text) as Value);
}

function shown(path: string): string {
  const short = relative(process.cwd(), path);
  return short.startsWith('..') || short === '' ? path : short;
}
