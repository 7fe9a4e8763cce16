import { checkPath } from './errors.ts';
import type { Files } from './files.ts';

/**
 * The {@link Files} below a folder of others: a model in a folder of an archive, a run in a folder of a page's own files.
 *
 * @param folder its path, with `/` between the parts; it need not be there before something is written
 * @throws `invalid-path`
 */
export function filesBelow(files: Files, folder: string): Files {
  checkPath(folder);
  const inner = (path: string): string => `${folder}/${checkPath(path)}`;
  return {
    locate: (path) => files.locate(path ? inner(path) : folder),
    stat: async (path) => files.stat(inner(path)),
    read: async (path, target, position, state) => files.read(inner(path), target, position, state),
    async *stream(path) {
      yield* files.stream(inner(path));
    },
    write: async (path, content) => files.write(inner(path), content),
    list: async (path) => files.list(path ? inner(path) : folder),
    remove: async (path) => files.remove(inner(path)),
  };
}
