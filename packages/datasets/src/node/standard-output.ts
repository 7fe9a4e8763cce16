import { once } from 'node:events';
import { memoryFiles, type Files } from '@tunesmith/schema';

/** {@link Files} whose one file goes to the standard output as it is written: JSON Lines. */
export function standardOutput(): Files {
  return {
    ...memoryFiles(),
    locate: (path = 'stdout') => path,
    async write(_, content) {
      const write = async (bytes: Uint8Array): Promise<void> => {
        if (!process.stdout.write(bytes)) await once(process.stdout, 'drain');
      };
      if (typeof content === 'function') await content(write);
      else await write(typeof content === 'string' ? new TextEncoder().encode(content) : content);
    },
  };
}
