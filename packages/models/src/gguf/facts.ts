import { unsupportedGguf } from './errors.ts';
import type { GgufValue } from './metadata-values.ts';
import type { GgufFile } from './open.ts';

/**
 * What a file's metadata says of its architecture. Every key `ARCHITECTURE.…` counts as read once it was asked for; those
 * that nobody asked for are refused at the end, so that nothing a file says is passed over in silence.
 */
export interface GgufFacts {
  readonly file: GgufFile;
  /** `general.architecture`. */
  readonly architecture: string;
  /** A value below the architecture's name, as it is. */
  raw(key: string): GgufValue | undefined;
  has(key: string): boolean;
  /** A whole number, 0 or more; a list of equal ones, as for each block, counts as one. */
  integer(key: string, fallback?: number): number;
  number(key: string, fallback?: number): number;
  flag(key: string, fallback: boolean): boolean;
  text(key: string, fallback: string): string;
  /** Marks keys that say nothing here beside what others say. */
  pass(...keys: string[]): void;
  /** Whether the file has a tensor. */
  holds(tensor: string): boolean;
  /** The error for a value that cannot be, or that is not followed here. */
  refuse(key: string, accepted: string): never;
  /** @throws `unsupported-gguf` naming a key that nobody read, unless its value is nothing: 0, false, an empty text */
  refuseUnread(): void;
}

/** The word under which a file says what it is. */
export function architectureOf(file: GgufFile): string {
  const name = file.metadata.get('general.architecture');
  if (typeof name === 'string' && name !== '') return name;
  throw unsupportedGguf(
    file.path,
    'the metadata has no text "general.architecture"',
    name,
    'the name of an architecture',
  );
}

/** The facts of an opened file. */
export function readFacts(file: GgufFile): GgufFacts {
  const { metadata, path } = file;
  const architecture = architectureOf(file);
  if (metadata.get('general.type') === 'adapter')
    throw unsupportedGguf(
      path,
      'the file is an adapter of llama.cpp, not a model',
      'adapter',
      'the model that it changes; llama.cpp takes it as --lora beside that model',
    );
  const read = new Set<string>();
  const raw: GgufFacts['raw'] = (key) => {
    read.add(`${architecture}.${key}`);
    const value = metadata.get(`${architecture}.${key}`);
    if (typeof value !== 'object') return value;
    const all = Array.from(value as ArrayLike<GgufValue>);
    return all.length > 0 && all.every((one) => one === all[0]) ? all[0] : value;
  };
  const shown = (value: GgufValue | undefined): string => {
    if (value === undefined) return 'missing';
    return typeof value === 'object'
      ? 'a list'
      : JSON.stringify(value, (_, v: unknown) => (typeof v === 'bigint' ? String(v) : v));
  };
  const refuse: GgufFacts['refuse'] = (key, accepted) => {
    const value = metadata.get(`${architecture}.${key}`);
    throw unsupportedGguf(
      path,
      `"${architecture}.${key}" is ${shown(value)}`,
      typeof value === 'object' ? undefined : value,
      accepted,
    );
  };
  const readAs = <T extends GgufValue>(
    key: string,
    fallback: T | undefined,
    is: (value: GgufValue) => value is T,
    accepted: string,
  ): T => {
    const value = raw(key);
    if (value === undefined && fallback !== undefined) return fallback;
    return value !== undefined && is(value) ? value : refuse(key, accepted);
  };
  return {
    file,
    architecture,
    raw,
    has: (key) => metadata.has(`${architecture}.${key}`),
    integer: (key, fallback) =>
      readAs(
        key,
        fallback,
        (value): value is number => Number.isSafeInteger(value) && (value as number) >= 0,
        'a whole number, 0 or more, the same for all blocks',
      ),
    number: (key, fallback) =>
      readAs(
        key,
        fallback,
        (value): value is number => typeof value === 'number' && Number.isFinite(value),
        'a finite number',
      ),
    flag: (key, fallback) =>
      readAs(
        key,
        fallback,
        (value): value is boolean => typeof value === 'boolean',
        'true or false',
      ),
    text: (key, fallback) =>
      readAs(key, fallback, (value): value is string => typeof value === 'string', 'a text'),
    pass(...keys) {
      for (const key of keys) read.add(`${architecture}.${key}`);
    },
    holds: (tensor) => file.tensors.has(tensor),
    refuse,
    refuseUnread() {
      for (const [key, value] of metadata) {
        if (!key.startsWith(`${architecture}.`) || read.has(key)) continue;
        if (value === 0 || value === false || value === '') continue;
        throw unsupportedGguf(
          path,
          `"${key}" is ${shown(value)}, and models of this kind do not follow it here`,
          typeof value === 'object' ? undefined : value,
          'files without it',
        );
      }
    },
  };
}
