import { TunesmithError, nearest } from '@tunesmith/schema';
import type { HostTensor } from '@tunesmith/runtime';
import type { AdapterFiles } from './contract.ts';
import { sameShape } from './shapes.ts';

/** Where one planned tensor is expected in a file. */
export interface ExpectedTensor {
  /** Local name. */
  readonly name: string;
  /** Key in the file. */
  readonly key: string;
  readonly shape: readonly number[];
  /** True where the file may leave it out. */
  readonly optional?: boolean;
}

/**
 * Takes exactly the expected tensors out of a file, under their local names.
 *
 * @param options.prefix the prefix every key of this format starts with, if it has one; its absence or surplus is
 * explained, because other loaders then load nothing and do not say so
 * @throws TunesmithError `adapter-tensors`, naming each missing, extra and mis-shaped tensor
 */
export function matchTensors(options: {
  package: string;
  files: Pick<AdapterFiles, 'directory' | 'tensors'>;
  expected: readonly ExpectedTensor[];
  prefix?: string;
}): Record<string, HostTensor> {
  const { files, expected } = options;
  const taken: Record<string, HostTensor> = {};
  const problems: string[] = [];
  const keys = Object.keys(files.tensors);
  const wanted = new Set(expected.map((tensor) => tensor.key));
  const extra = keys.filter((key) => !wanted.has(key));
  for (const { name, key, shape, optional } of expected) {
    const found = files.tensors[key];
    if (found === undefined) {
      if (optional) continue;
      const close = nearest(key, extra);
      problems.push(
        `tensor "${key}" [${shape.join(', ')}] is missing${close ? ` (the file has "${close}")` : ''}`,
      );
    } else if (!sameShape(found.shape, shape)) {
      problems.push(
        `tensor "${key}" has shape [${found.shape.join(', ')}] where the model needs [${shape.join(', ')}]`,
      );
    } else if (found.dtype !== 'float32') {
      problems.push(`tensor "${key}" holds ${found.dtype} where floating numbers are needed`);
    } else {
      taken[name] = found;
    }
  }
  for (const key of extra) problems.push(`tensor "${key}" belongs to no part of this adapter`);
  const [first] = problems;
  if (first !== undefined) {
    const cause = explainKeys(keys, wanted, options.prefix);
    throw new TunesmithError({
      package: options.package,
      code: 'adapter-tensors',
      message: `${files.directory}: ${cause ?? first}`,
      value: extra,
      accepted: 'exactly the tensors that the configuration calls for on this model',
      problems: cause ? [cause, ...problems] : problems,
    });
  }
  return taken;
}

/** The one reason behind many wrong keys, where there is one. */
function explainKeys(
  keys: readonly string[],
  wanted: ReadonlySet<string>,
  prefix: string | undefined,
): string | undefined {
  if (prefix === undefined) return undefined;
  const [first] = keys;
  if (first === undefined) return 'the file of tensors is empty';
  if (keys.some((key) => wanted.has(prefix + key))) {
    return `the keys lack the prefix "${prefix}" ("${first}"); PEFT would load this adapter without any effect`;
  }
  if (
    keys.some((key) => wanted.has(key.slice(prefix.length)) || wanted.has(key.replace(prefix, '')))
  ) {
    return `the keys carry the prefix "${prefix}" twice ("${first}")`;
  }
  const unnamed = keys.find((key) =>
    wanted.has(key.replace(/\.[A-Za-z0-9_-]+(\.weight|\.bias)?$/, '$1')),
  );
  if (unnamed !== undefined)
    return `the keys still hold an adapter name ("${unnamed}"), as inside a running PEFT model`;
  return undefined;
}
