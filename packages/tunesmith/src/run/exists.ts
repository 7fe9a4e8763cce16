import { access } from 'node:fs/promises';

/** Whether something stands at a path, a file or a folder. */
export function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
