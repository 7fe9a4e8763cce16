import type { Model, Tokenizer, VirtualTokens } from '@tunesmith/models';
import {
  chosenByRecord,
  chosenName,
  loadAdapter,
  virtualTokens,
  type Adapter,
} from '@tunesmith/peft';
import {
  clashingAdapters,
  listOf,
  TunesmithError,
  type Files,
  type Meta,
  type OneOrSeveral,
  type Registry,
} from '@tunesmith/schema';
import { adaptersIn, type AdapterPlace } from './run/adapter-folder.ts';
import type { Warning } from './session.ts';

/** What loading adapters takes. */
export interface LoadContext {
  model: Model;
  registry: Registry;
  /** For methods that read texts of records. */
  tokenizer?: Tokenizer | undefined;
  /** The files of a folder by its path. */
  folder: (path: string) => Files;
  onWarning?: (warning: Warning) => void;
}

/** An adapter, or several that were trained together, as somebody names them. */
export interface NamedAdapters {
  /** The folder. */
  from: string;
  /** What to call it, where it is one. */
  name?: string | undefined;
  /**
   * Whether it acts only on records whose `meta.adapter` is its name; by default as it was trained: on all, unless a run trained it as
   * one that records choose.
   */
  byRecord?: boolean | undefined;
}

/** Adapters of which some may be named by their folder alone. */
export function namedAdapters(
  adapters: OneOrSeveral<string | NamedAdapters> | undefined,
): NamedAdapters[] {
  return listOf(adapters).map((one) => (typeof one === 'string' ? { from: one } : one));
}

/** An adapter as recipes name it. */
export function asNamed({
  from,
  name,
  by_record: byRecord,
}: {
  from: string;
  name?: string;
  by_record?: boolean;
}): NamedAdapters {
  return { from, name, byRecord };
}

/**
 * The adapters of some folders, in the order in which they act. Of a folder that holds several, all of them.
 *
 * One alone is called what its files say. Of several each has a name of its own: the one it is given, the one under which it was
 * trained with others, or `adapter-1`, `adapter-2`, …. Names that somebody gave, and those that records choose by, stay as they are;
 * others that are alike are numbered.
 *
 * @throws TunesmithError `several-adapters` where one name is given to several; `duplicate-adapter` where two names that stay are
 * alike; those of `loadAdapter` and `chosenByRecord`
 */
export async function loadAdapters(
  named: readonly NamedAdapters[],
  { model, registry, folder, tokenizer, onWarning }: LoadContext,
): Promise<Adapter[]> {
  requireOwnNames(named);
  const places: Place[] = [];
  for (const { from, name, byRecord } of named) {
    const found = await adaptersIn(folder(from));
    if (name !== undefined && found.length > 1) throw severalAdapters(from, name, found);
    for (const place of found) {
      const chosen = byRecord ?? place.byRecord === true;
      const isKept = name !== undefined || (chosen && place.name !== undefined);
      places.push({ files: place.files, name: name ?? place.name, byRecord: chosen, isKept });
    }
  }
  const names = namesOf(places);
  const adapters: Adapter[] = [];
  for (const [index, { files, byRecord }] of places.entries()) {
    const name = names[index];
    const adapter = await loadAdapter(files, {
      model,
      methods: registry.all('method'),
      ...(name === undefined ? {} : { name }),
      ...(tokenizer ? { tokenizer } : {}),
      ...(onWarning ? { onWarning } : {}),
    });
    adapters.push(byRecord ? chosenByRecord(adapter) : adapter);
  }
  return adapters;
}

/** What may say which adapter acts on it. */
interface Choosing {
  readonly meta?: Meta | undefined;
}

/** The adapters that records choose, by name. */
export function chosenNames(records: Iterable<Choosing>): Set<ReturnType<typeof chosenName>> {
  const names = new Set<ReturnType<typeof chosenName>>();
  for (const record of records) names.add(chosenName(record));
  return names;
}

/** Says which adapters wait to be chosen, where no record chooses them. */
export function warnOfUnchosen(
  adapters: readonly Adapter[],
  records: Iterable<Choosing>,
  onWarning: ((warning: Warning) => void) | undefined,
): void {
  if (!adapters.some(({ byRecord }) => byRecord === true)) return;
  const chosen = chosenNames(records);
  for (const { name, byRecord } of adapters)
    if (byRecord === true && !chosen.has(name))
      onWarning?.({
        code: 'adapter-not-chosen',
        message: `adapter "${name}" acts on records whose meta.adapter is "${name}", and there is none`,
      });
}

/** Where an adapter lies, and whether the name that it has there must stay. */
interface Place {
  readonly files: Files;
  readonly name: string | undefined;
  readonly byRecord: boolean;
  readonly isKept: boolean;
}

/**
 * Two adapters cannot have one name: it is what records choose by, and the folder that each is saved in.
 *
 * @throws TunesmithError `duplicate-adapter` naming both
 */
export function requireOwnNames(named: readonly NamedAdapters[]): void {
  const clash = clashingAdapters(named);
  if (!clash) return;
  const { index: _, ...problem } = clash;
  throw new TunesmithError({ package: 'tunesmith', code: 'duplicate-adapter', ...problem });
}

/** A name for each; none for one that is alone and was not given any. */
function namesOf(places: readonly Place[]): (string | undefined)[] {
  if (places.length === 1) return [places[0]!.name];
  const kept = places.filter(({ isKept }) => isKept);
  requireOwnNames(kept.map(({ files, name }) => ({ from: files.locate(), name })));
  const wanted = places.map(({ name }, index) => name ?? `adapter-${index + 1}`);
  const free = distinctNames(
    wanted.filter((_, index) => !places[index]!.isKept),
    kept.map(({ name }) => name!),
  );
  return places.map(({ name, isKept }) => (isKept ? name : free.shift()));
}

/**
 * Names in which no two are alike, and none is like one of `others`: the second `lora` is `lora-2`. Letter case makes no difference, as
 * on some disks.
 */
export function distinctNames(names: readonly string[], others: readonly string[] = []): string[] {
  const taken = new Set(others.map((name) => name.toLowerCase()));
  return names.map((name) => {
    let free = name;
    for (let again = 2; taken.has(free.toLowerCase()); again++) free = `${name}-${again}`;
    taken.add(free.toLowerCase());
    return free;
  });
}

function severalAdapters(
  from: string,
  name: string,
  found: readonly AdapterPlace[],
): TunesmithError {
  return new TunesmithError({
    package: 'tunesmith',
    code: 'several-adapters',
    message: `${from} holds ${found.length} adapters, and all would be called "${name}"`,
    value: name,
    accepted: `the folder without a name, or one of ${found.map(({ files }) => files.locate()).join(', ')}`,
  });
}

/**
 * The virtual tokens of adapters, as a language model takes them: in one place.
 *
 * @throws TunesmithError `unsupported-combination`
 */
export function virtualTokensOf(adapters: readonly Adapter[]): VirtualTokens {
  const { input, keys } = virtualTokens(adapters);
  if (input > 0 && keys > 0) {
    throw new TunesmithError({
      package: 'tunesmith',
      code: 'unsupported-combination',
      message: 'one adapter puts virtual tokens before the input and another one among the keys',
      accepted: 'adapters that put them in one place',
    });
  }
  return keys > 0 ? { place: 'keys', count: keys } : { place: 'input', count: input };
}
