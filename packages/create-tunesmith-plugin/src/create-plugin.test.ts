import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import ts from 'typescript';
import { beforeAll, describe, expect, test } from 'vitest';
import { createPlugin, templates } from './index.ts';

const packages = fileURLToPath(new URL('../..', import.meta.url));
const places = {
  models: 'models',
  peft: 'peft/core',
  runtime: 'runtime',
  schema: 'schema',
  testing: 'testing',
};
const vitest = dirname(createRequire(import.meta.url).resolve('vitest/package.json'));

// As an installed package finds them: ours, from their sources, and vitest.
let home: string;
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'plugin-'));
  await mkdir(join(home, 'node_modules', '@tunesmith'), { recursive: true });
  for (const [name, folder] of Object.entries(places))
    await symlink(join(packages, folder), join(home, 'node_modules', '@tunesmith', name));
  await symlink(vitest, join(home, 'node_modules', 'vitest'));
  const conditions = ['tunesmith-source', 'node', 'import', 'module', 'default'];
  await writeFile(
    join(home, 'vitest.config.mjs'),
    `const resolve = { conditions: ${JSON.stringify(conditions)} };\nexport default { resolve, ssr: { resolve } };\n`,
  );
});

test('the tests of a package are its own, whatever the folder above is set to', async () => {
  const above = join(home, 'above');
  const folder = join(above, 'my-metric');
  await createPlugin(folder);
  await writeFile(join(above, 'vitest.config.js'), "throw new Error('of the folder above');\n");
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [join(vitest, 'vitest.mjs'), 'list', '--filesOnly'],
    { cwd: folder, env: { ...process.env, NO_COLOR: '1' } },
  );
  expect(stdout.trim()).toBe('src/index.test.js');
});

describe.each(Object.keys(templates))('a package for a %s', (kind) => {
  const name = `my-${kind}`;
  beforeAll(async () => {
    await createPlugin(join(home, name), { kind });
  });

  test('is named, and leaves our packages to whoever uses it', async () => {
    const text = await readFile(join(home, name, 'package.json'), 'utf8');
    const manifest = JSON.parse(text) as Record<string, object>;
    expect(manifest).toMatchObject({ name, type: 'module', exports: './src/index.js' });
    expect(manifest['peerDependencies']).toHaveProperty('@tunesmith/schema', '^0.1.0');
    expect(manifest).not.toHaveProperty('dependencies');
  });

  test('has the right types', () => {
    const config = join(packages, 'config', 'tsconfig.json');
    const { config: read } = ts.readConfigFile(config, ts.sys.readFile);
    const { options } = ts.parseJsonConfigFileContent(read, ts.sys, dirname(config));
    const files = ['src/index.js', 'src/index.test.js'].map((file) => join(home, name, file));
    const program = ts.createProgram(files, { ...options, allowJs: true, checkJs: true });
    const problems = files.flatMap((file) =>
      program
        .getSemanticDiagnostics(program.getSourceFile(file))
        .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, ' ')),
    );
    expect(problems).toEqual([]);
  });

  test('passes the suite of its kind', { timeout: 240_000 }, async () => {
    const parameters = [
      'run',
      '--root',
      join(home, name),
      '--config',
      join(home, 'vitest.config.mjs'),
    ];
    const { stdout } = await promisify(execFile)(
      process.execPath,
      [join(vitest, 'vitest.mjs'), ...parameters],
      { cwd: join(home, name), env: { ...process.env, NO_COLOR: '1' } },
    );
    expect(stdout).toMatch(/Tests +\d+ passed/);
  });
});

test('a folder that is not empty is refused, and stays as it is', async () => {
  const folder = join(home, 'taken');
  await mkdir(folder);
  await writeFile(join(folder, 'mine.js'), '');
  await expect(createPlugin(folder)).rejects.toThrow(`${folder} is not empty`);
  expect(await readdir(folder)).toEqual(['mine.js']);
});

test.each([
  [
    'a kind without a template',
    'new',
    'metrics',
    'there is no template named "metrics"; nearest: "metric"',
  ],
  [
    'a name that no plugin may have',
    'My Metric',
    'metric',
    '"My Metric" cannot be the name of a plugin',
  ],
])('%s is refused', async (_, folder, kind, message) => {
  await expect(createPlugin(join(home, folder), { kind })).rejects.toThrow(message);
});
