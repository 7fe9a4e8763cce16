import { dirname, resolve } from 'node:path';
import { readText, type Files } from '@tunesmith/schema';
import { modelCard } from '@tunesmith/report';
import { parseHubName } from '@tunesmith/models/node';
import { nodeFiles } from '@tunesmith/schema/node';
import { parse } from 'yaml';
import { namedAdapters } from '../adapters.ts';
import type { ModelOptions } from '../open-session.ts';
import { readRun, type RunRecord } from '../run/read-run.ts';
import { runAround, tunedModel } from '../run/tuned-model.ts';
import { reportOfRun } from './of-runs.ts';

/** What a card tells of. */
export interface Described {
  /** The model that was tuned or converted, as somebody named it, and its files. */
  readonly base: string;
  readonly files: Files | undefined;
  /** Names of the adapters, in order. */
  readonly adapters: readonly string[];
  /** The run that made it or its adapters, where there is one. */
  readonly run: RunRecord | undefined;
  /** What is written: a model of its own, an adapter beside one, or a folder for transformers.js. */
  readonly as: 'model' | 'adapter' | 'onnx';
}

/** Where a model comes from, as cards and the metadata of files say it. */
export interface Origin {
  readonly title: string;
  /** The base as people name it. */
  readonly base: string;
  readonly baseOnHub?: string;
  /** The license that the base states. */
  readonly license?: string;
}

/** The file of a card, beside what it tells of. */
export const cardFile = 'README.md';

/** Whether a card is one of ours, which may be written anew. */
export function isOwnCard(text: string): boolean {
  return /^---\n(?:.*\n)*?tags: \[tunesmith\]\n/.test(text);
}

/** Facts of a report that tell how a model was made. */
const told = ['Method', 'Precision', 'Seed'];

/** Where a model or an adapter comes from. */
export async function originOf({
  base,
  files,
  adapters,
  run,
}: Omit<Described, 'as'>): Promise<Origin> {
  const from = run?.recipe.model.from ?? base;
  const onHub = parseHubName(from)?.repository;
  const license = files && (await licenseIn(files));
  const named =
    adapters.length === 0 ? nameOf(base) : `${nameOf(base)} with ${adapters.join(', ')}`;
  return {
    title: (run && reportOfRun(run).title) ?? named,
    base: onHub === undefined ? nameOf(from) : from,
    ...(onHub === undefined ? {} : { baseOnHub: onHub }),
    ...(license === undefined ? {} : { license }),
  };
}

/** The card of a model, an adapter or a folder for transformers.js. */
export async function cardOf(described: Described): Promise<string> {
  const { adapters, run, as } = described;
  const report = run && reportOfRun(run);
  const facts = (report?.facts ?? []).flatMap(([name, value = '']) =>
    told.includes(name) ? [[name, value] as const] : [],
  );
  const folded = as === 'adapter' ? '' : ', folded in';
  const isTuned = run !== undefined || adapters.length > 0;
  const libraries = { model: 'transformers', adapter: 'peft', onnx: 'transformers.js' } as const;
  return modelCard({
    ...(await originOf(described)),
    facts: [
      ...facts,
      ...(adapters.length === 0 ? [] : [['Adapters', `${adapters.join(', ')}${folded}`] as const]),
      ...(as === 'onnx' ? [['Format', 'ONNX'] as const] : []),
    ],
    data: run ? dataOf(run) : [],
    scores: report?.scores ?? [],
    library: libraries[as],
    relation: as === 'adapter' ? 'adapter' : isTuned ? 'finetune' : 'quantized',
  });
}

/** The run whose model or adapter is used, where it is a run's. */
export async function runOf({
  model,
  adapter,
  directory = process.cwd(),
}: ModelOptions): Promise<RunRecord | undefined> {
  const tuned = await tunedModel(resolve(directory, model));
  const [first] = namedAdapters(adapter ?? tuned?.adapter);
  const folder = first === undefined ? tuned?.model : first.from;
  if (folder === undefined) return undefined;
  const around = first === undefined ? dirname(folder) : runAround(resolve(directory, folder));
  return readRun(nodeFiles(around)).catch(() => undefined);
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
