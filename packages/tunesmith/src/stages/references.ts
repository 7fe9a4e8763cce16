import { join } from 'node:path';
import {
  isSeveral,
  nearest,
  TunesmithError,
  type OneOrSeveral,
  type StageRecipe,
} from '@tunesmith/schema';
import { jobOf } from './jobs.ts';
import { labelsName } from '../run/folder.ts';
import { isReference, referencePattern, stageFolder } from './reference.ts';

/** What stages leave to one another: `run` is the stage itself. */
export type ArtifactKind = keyof typeof places;

/** Where in the stage's folder it lies. */
const places = { adapter: 'adapter', model: 'model', data: labelsName, run: '' } as const;

/**
 * Checks what the stages take from one another: each reference must name an earlier stage, and something of the right kind that
 * it leaves.
 *
 * @throws TunesmithError `unknown-stage`, `later-stage`, `unknown-artifact`, `wrong-artifact`, each with what could be meant
 */
export function checkReferences(stages: readonly StageRecipe[]): void {
  for (const [index, stage] of stages.entries())
    for (const reference of referencesOf(stage)) checkReference(reference, index, stages);
}

/** The names of the stages that a stage builds on. */
export function stagesBefore(stage: StageRecipe): string[] {
  return referencesOf(stage).map(({ path }) => referencePattern.exec(path)?.[1] ?? '');
}

/** A stage with the folders in place of the references. */
export function resolveReferences(stage: StageRecipe, run: string): StageRecipe {
  return mapReferences(stage, (path) => {
    const [, name = '', kind = 'run'] = referencePattern.exec(path) ?? [];
    return join(stageFolder(run, name), places[kind as ArtifactKind]);
  });
}

/** A place of a stage that names what another one leaves. */
interface Reference {
  /** Where it stands: `adapter.from`. */
  readonly place: string;
  readonly path: string;
  /** What may stand there. */
  readonly accepts: readonly ArtifactKind[];
}

function referencesOf(stage: StageRecipe): Reference[] {
  const found: Reference[] = [];
  mapReferences(stage, (path, place, accepts) => {
    found.push({ path, place, accepts });
    return path;
  });
  return found;
}

/** A stage with each reference replaced. */
export function mapReferences(
  stage: StageRecipe,
  change: (path: string, place: string, accepts: readonly ArtifactKind[]) => string,
): StageRecipe {
  const at = (path: string, place: string, ...accepts: ArtifactKind[]): string =>
    isReference(path) ? change(path, `stages.${stage.name}.${place}`, accepts) : path;
  const { model, adapter, artifacts, data, runs, except } = stage;
  return {
    ...stage,
    ...(model === undefined
      ? {}
      : {
          model:
            typeof model === 'string'
              ? at(model, 'model', 'model')
              : { ...model, from: at(model.from, 'model.from', 'model') },
        }),
    ...(adapter === undefined
      ? {}
      : {
          adapter: ofEach(adapter, (named) => ({
            ...named,
            from: at(named.from, 'adapter.from', 'adapter'),
          })),
        }),
    ...(data === undefined
      ? {}
      : {
          data: data.map((entry) =>
            'path' in entry && entry.path !== undefined
              ? { ...entry, path: at(entry.path, 'data', 'data') }
              : entry,
          ),
        }),
    ...(runs === undefined ? {} : { runs: ofEach(runs, (path) => at(path, 'runs', 'run')) }),
    ...(except === undefined
      ? {}
      : { except: ofEach(except, (path) => at(path, 'except', 'run')) }),
    ...(artifacts === undefined
      ? {}
      : {
          artifacts: Object.fromEntries(
            Object.entries(artifacts).map(([name, paths]) => [
              name,
              ofEach(paths, (path) => at(path, `artifacts.${name}`, 'adapter')),
            ]),
          ),
        }),
  };
}

/** One or several, each changed. */
function ofEach<From, To>(given: OneOrSeveral<From>, change: (item: From) => To): OneOrSeveral<To> {
  return isSeveral(given) ? given.map(change) : change(given);
}

function checkReference(
  { place, path, accepts }: Reference,
  index: number,
  stages: readonly StageRecipe[],
): void {
  const [, name = '', artifact = 'run'] = referencePattern.exec(path) ?? [];
  const refuse = (code: string, message: string, close?: string): TunesmithError =>
    new TunesmithError({
      package: 'tunesmith',
      code,
      message: `${place} is "${path}": ${message}`,
      value: path,
      ...(close === undefined ? {} : { nearest: close }),
      accepted: offered(stages.slice(0, index), accepts),
    });
  const target = stages.findIndex((stage) => stage.name === name);
  if (target < 0) {
    const close = nearest(
      name,
      stages.slice(0, index).map((stage) => stage.name),
    );
    throw refuse(
      'unknown-stage',
      `there is no stage "${name}"`,
      close && referenceTo(close, artifact),
    );
  }
  if (target >= index)
    throw refuse(
      'later-stage',
      target === index ? 'a stage cannot build on itself' : `stage "${name}" comes later`,
    );
  const leaves = jobOf(stages[target]!).leaves(stages[target]!);
  const what = leaves.length === 0 ? 'nothing' : leaves.map((kind) => `its ${kind}`).join(' and ');
  if (!leaves.some((kind) => kind === artifact))
    throw refuse('unknown-artifact', `stage "${name}" leaves ${what}`);
  if (!accepts.some((kind) => kind === artifact))
    throw refuse('wrong-artifact', `${accepts.join(' or ')} is wanted there`);
}

function referenceTo(stage: string, kind: string): string {
  return kind === 'run' ? `stages.${stage}` : `stages.${stage}.${kind}`;
}

/** Everything of the right kind that earlier stages leave. */
function offered(earlier: readonly StageRecipe[], accepts: readonly ArtifactKind[]): string[] {
  const known = earlier.flatMap((stage) =>
    jobOf(stage)
      .leaves(stage)
      .filter((kind) => accepts.includes(kind))
      .map((kind) => referenceTo(stage.name, kind)),
  );
  return known.length > 0 ? known : [`a folder: no earlier stage leaves ${accepts.join(' or ')}`];
}
