import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ReportData } from '@tunesmith/report';
import { runFolder } from '../run/folder.ts';

interface Ledger {
  readonly spent: number;
  readonly models: Readonly<
    Record<string, { requests: number; inputTokens: number; outputTokens: number }>
  >;
}

/** What is shown of a stage that leaves rows alone: how many, and what the models that wrote them took; undefined where it left none. */
export async function reportOfDataStage(directory: string): Promise<ReportData | undefined> {
  const rows = await textOf(runFolder(directory).labels);
  if (rows === undefined) return undefined;
  const ledger = await textOf(join(directory, 'ledger.json'));
  return {
    title: '',
    facts: [
      ['Rows', number(rows.split('\n').length - 1)],
      ...(ledger === undefined ? [] : factsOf(JSON.parse(ledger) as Ledger)),
    ],
  };
}

function factsOf({ spent, models }: Ledger): [string, string][] {
  const sum = (of: 'requests' | 'inputTokens' | 'outputTokens'): string =>
    number(Object.values(models).reduce((total, took) => total + took[of], 0));
  return [
    ['Models', Object.keys(models).join(', ')],
    ['Requests', sum('requests')],
    ['Tokens read', sum('inputTokens')],
    ['Tokens written', sum('outputTokens')],
    ...(spent > 0 ? [['Spent', spent.toFixed(4)] as [string, string]] : []),
  ];
}

function number(count: number): string {
  return count.toLocaleString('en-US');
}

async function textOf(path: string): Promise<string | undefined> {
  return readFile(path, 'utf8').catch(() => undefined);
}
