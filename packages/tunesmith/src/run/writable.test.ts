import { mkdtemp, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import { requireWritable } from './writable.ts';

let home: string;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'writable-'));
});

test('a new path in a folder, and a file that is there, can be written', async () => {
  await requireWritable(join(home, 'a', 'b'));
  await writeFile(join(home, 'file'), '');
  await requireWritable(join(home, 'file'));
});

test('a path through a file, through links in a circle, or of a name too long cannot', async () => {
  await writeFile(join(home, 'file'), '');
  await symlink(join(home, 'b'), join(home, 'a'));
  await symlink(join(home, 'a'), join(home, 'b'));
  await expect(requireWritable(join(home, 'file', 'x'))).rejects.toThrow(
    'file/x cannot be written: a part of the path is no folder (ENOTDIR); accepted: a path in a folder',
  );
  await expect(requireWritable(join(home, 'a', 'x'))).rejects.toThrow(
    'go round in a circle (ELOOP)',
  );
  await expect(requireWritable(join(home, 'x'.repeat(300)))).rejects.toThrow(
    'too long (ENAMETOOLONG)',
  );
});
