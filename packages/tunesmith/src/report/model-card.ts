import { readText, type Files } from '@tunesmith/schema';
import { modelCard } from '@tunesmith/report';
import { parseHubName } from '@tunesmith/models/node';
import { parse } from 'yaml';
import type { RunRecord } from '../run/read-run.ts';
import { reportOfRun } from './of-runs.ts';

/** What the card of a merged model tells of. */
export interface Merged {
  /** The model that adapters were folded into, as somebody named it, and its files. */
  readonly base: string;
  readonly files: Files | undefined;
  /** Names of the adapters, in order. */
  readonly adapters: readonly string[];
  /** The run that they are of, where they are of one. */
  readonly run: RunRecord | undefined;
}

/** Facts of a report that tell how a model was made. */
const told = ['Method', 'Precision', 'Seed'];

/** The card of a model that adapters were folded into. */
export async function cardOfMerged({ base, files, adapters, run }: Merged): Promise<string> {
  const report = run && reportOfRun(run);
  const from = run?.recipe.model.from ?? base;
  const onHub = parseHubName(from)?.repository;
  const license = files && (await licenseIn(files));
  const facts = (report?.facts ?? []).flatMap(([name, value = '']) =>
    told.includes(name) ? [[name, value] as const] : [],
  );
  return modelCard({
    title: report?.title ?? `${nameOf(base)} with ${adapters.join(', ')}`,
    base: onHub === undefined ? nameOf(from) : from,
    ...(onHub === undefined ? {} : { baseOnHub: onHub }),
    ...(license === undefined ? {} : { license }),
    facts: [...facts, ['Adapters', `${adapters.join(', ')}, folded in`]],
    data: run ? dataOf(run) : [],
    scores: report?.scores ?? [],
  });
}

/** Where the rows came from, without the folders of whoever trained. */
function dataOf({ recipe, data }: RunRecord): [string, string][] {
  const sources = recipe.data.map((entry): [string, string] => {
    const source = 'source' in entry ? entry.source : undefined;
    const named = typeof source === 'string' ? source : source?.name;
    const path = 'path' in entry ? entry.path : undefined;
    return [named ?? nameOf(path ?? ''), entry.limit === undefined ? 'all' : `${entry.limit}`];
  });
  const splits = Object.entries(data?.splits ?? {});
  return [
    ...sources,
    ...splits.map(([name, rows]): [string, string] => [`records of ${name}`, String(rows)]),
  ];
}

/** The last part of a path. */
function nameOf(path: string): string {
  return path.split(/[\\/]/).findLast(Boolean) ?? path;
}

/** The license that the card beside a model states for programs; undefined where there is none. */
async function licenseIn(files: Files): Promise<string | undefined> {
  const text = await readText(files, 'README.md').catch(() => '');
  const [, front] = /^---\r?\n(.*?)\r?\n---/s.exec(text) ?? [];
  try {
    const { license } = (parse(front ?? '') ?? {}) as { license?: unknown };
    return typeof license === 'string' ? license : undefined;
  } catch {
    return undefined;
  }
}
