import type * as Library from '@huggingface/hub';
import { modelsError } from '../../errors.ts';

/**
 * Loads `@huggingface/hub` when something is asked for, and not before: whoever has all files needs neither it nor the time it takes.
 *
 * @throws `missing-package` where it is not installed
 */
export async function hubLibrary(): Promise<typeof Library> {
  try {
    return await import('@huggingface/hub');
  } catch (cause) {
    if ((cause as { code?: string }).code !== 'ERR_MODULE_NOT_FOUND') throw cause;
    throw modelsError({
      code: 'missing-package',
      kind: 'failure',
      message:
        'the package @huggingface/hub is not installed, and models are downloaded through it',
      accepted: 'npm install @huggingface/hub@2.17.5, or files that are already here',
      cause,
    });
  }
}
