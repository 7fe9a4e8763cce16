import type { Files } from '@tunesmith/schema';
import { fileExists } from '../checkpoint/files.ts';
import { damagedGguf, unsupportedGguf } from './errors.ts';
import type { GgufTensor } from './header.ts';
import { openGguf, type GgufFile } from './open.ts';

/** `NAME-00001-of-00003.gguf`, as llama.cpp's `llama-gguf-split` and its converter call parts. */
const partPattern = /^(.*)-(\d{5})-of-(\d{5})\.gguf$/i;

/** The names of all parts of a model, in order, by that of any of them; undefined for a name that is not a part's. */
export function partNames(name: string): readonly string[] | undefined {
  const [, stem, , count] = partPattern.exec(name) ?? [];
  if (stem === undefined || count === undefined) return undefined;
  const ending = name.slice(-'.gguf'.length);
  return Array.from(
    { length: Number(count) },
    (_, i) => `${stem}-${String(i + 1).padStart(5, '0')}-of-${count}${ending}`,
  );
}

/** Whether files are the parts of one model. */
export function areParts(names: readonly string[]): boolean {
  const [first = ''] = names;
  const parts = partNames(first);
  return parts !== undefined && names.every((name) => parts.includes(name));
}

/**
 * Opens a GGUF file, and where it is one of several that belong together, all of them: the first has the metadata, and each has
 * tensors of its own.
 *
 * @param name the path of the file, or of any part
 * @throws those of `openGguf`; `damaged-gguf` where a part is missing, is another's, or holds a tensor that another has too
 */
export async function openWholeGguf(files: Files, name: string): Promise<GgufFile> {
  const opened = await openGguf(files, name);
  const count = opened.metadata.get('split.count') ?? 1;
  if (typeof count === 'number' && count <= 1) return opened;
  const names = partNames(name);
  if (names?.length !== count)
    throw unsupportedGguf(
      opened.path,
      `the file is one of ${String(count)} that belong together, and its name does not say which`,
      name,
      `names that end in -00001-of-${String(count).padStart(5, '0')}.gguf`,
    );
  for (const one of names)
    if (!(await fileExists(files, one)))
      throw damagedGguf(
        opened.path,
        `the file is one of ${count} that belong together, and ${files.locate(one)} is missing`,
        one,
      );
  const parts: GgufFile[] = [];
  for (const one of names) parts.push(one === name ? opened : await openGguf(files, one));
  return joined(parts);
}

function joined(parts: readonly GgufFile[]): GgufFile {
  const [first] = parts as readonly [GgufFile, ...GgufFile[]];
  const owners = new Map<string, GgufFile>();
  const tensors = new Map<string, GgufTensor>();
  for (const [i, part] of parts.entries()) {
    requirePlace(part, i, parts.length);
    for (const [name, tensor] of part.tensors) {
      const other = owners.get(name);
      if (other) throw damagedGguf(part.path, `tensor "${name}" lies in ${other.path} too`, name);
      owners.set(name, part);
      tensors.set(name, tensor);
    }
  }
  const stated = first.metadata.get('split.tensors.count');
  if (stated !== undefined && stated !== tensors.size)
    throw damagedGguf(
      first.path,
      `the ${parts.length} files hold ${tensors.size} tensors, and "split.tensors.count" is ${String(stated)}`,
      tensors.size,
    );
  return {
    ...first,
    tensors,
    readInto: (name, target, from) => (owners.get(name) ?? first).readInto(name, target, from),
  };
}

/** A part states which it is, and of how many. */
function requirePlace({ metadata, path }: GgufFile, index: number, count: number): void {
  const [place, all] = [metadata.get('split.no'), metadata.get('split.count')];
  if (place === index && all === count) return;
  throw damagedGguf(
    path,
    `the file is called part ${index + 1} of ${count}, and states "split.no" ${String(place)} and "split.count" ${String(all)}`,
    place,
  );
}
