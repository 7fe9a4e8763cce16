import { memoryFiles } from '@tunesmith/schema';
import { expect, test } from 'vitest';
import { openGguf } from '../gguf/open.ts';
import { openSafetensors } from '../safetensors/read.ts';
import { loadTokenizer } from '../tokenizer/load.ts';

const pointer = `version https://git-lfs.github.com/spec/v1
oid sha256:${'5f'.repeat(32)}
size 269060552
`;
const message =
  /is a pointer of Git LFS to a file of 269060552 bytes, and not the file; accepted: the file itself: "git lfs pull"/;

test.each([
  ['model.safetensors', openSafetensors],
  ['model.gguf', openGguf],
  ['tokenizer.json', loadTokenizer],
])('%s of a clone without Git LFS is named for what it is', async (name, read) => {
  const files = memoryFiles({ 'config.json': '{}', [name]: pointer });
  await expect(read(files, name)).rejects.toThrow(message);
});
