import { link, mkdir, mkdtemp, readdir, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import { checkOutputFile, checkOutputFolder } from './check-output.ts';

let home: string;
let model: string;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'outputs-'));
  model = join(home, 'model');
  await mkdir(model);
  await writeFile(join(model, 'weights'), 'numbers');
  await writeFile(join(home, 'ids'), '1 2 3');
});

const checkFile = (path: string, overwrite = false) =>
  checkOutputFile(
    path,
    [
      { what: 'the model', path: model },
      { what: 'the file of ids', path: join(home, 'ids') },
    ],
    { overwrite },
  );

test('a new file, also in a folder that is not there yet, is fine', async () => {
  await checkFile(join(home, 'new'));
  await checkFile(join(home, 'deep', 'new'));
});

test('a file that exists is refused unless it may be replaced', async () => {
  await writeFile(join(home, 'old'), 'mine');
  await expect(checkFile(join(home, 'old'))).rejects.toThrow(/old exists; accepted: a new file/);
  await checkFile(join(home, 'old'), true);
});

test('what is read is never written, whatever it is called and whatever is allowed', async () => {
  await symlink(join(home, 'ids'), join(home, 'soft'));
  await link(join(home, 'ids'), join(home, 'hard'));
  await symlink(model, join(home, 'other-name'));
  const names = ['ids', 'model/../ids', 'soft', 'hard', 'model/weights', 'other-name/weights'];
  for (const name of [...names, 'model/new', 'other-name/new']) {
    await expect(checkFile(`${home}/${name}`, true)).rejects.toMatchObject({
      code: 'output-is-input',
    });
  }
});

test('a link that leads nowhere is something that stands there', async () => {
  await symlink(join(home, 'nowhere'), join(home, 'dangling'));
  await expect(checkFile(join(home, 'dangling'))).rejects.toMatchObject({ code: 'output-exists' });
});

test('an empty path is the working folder, which is neither a file nor empty', async () => {
  await expect(checkFile('')).rejects.toThrow('"" is a folder');
  await expect(checkOutputFolder('', [])).rejects.toThrow('the folder "" is not empty');
});

test('a folder must be new or empty, and none that is read', async () => {
  const check = (name: string) =>
    checkOutputFolder(join(home, name), [{ what: 'the model', path: model }]);
  await mkdir(join(home, 'empty'));
  await check('empty');
  await check('new');
  await symlink(model, join(home, 'link'));
  for (const name of ['model', 'link'])
    await expect(check(name)).rejects.toMatchObject({ code: 'output-is-input' });
  await expect(check('ids')).rejects.toThrow('is no folder');
  await expect(check('.')).rejects.toThrow('is not empty');
  expect(await readdir(model)).toEqual(['weights']);
});
