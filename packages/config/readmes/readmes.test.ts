import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import ts from 'typescript';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';

const root = fileURLToPath(new URL('../../..', import.meta.url));

interface PublishedPackage {
  readonly name: string;
  readonly directory: string;
  readonly readme: string;
  /** Its first TypeScript example. */
  readonly example: string;
}

const packages: PublishedPackage[] = ['packages', 'packages/peft']
  .flatMap((parent) => readdirSync(join(root, parent)).map((name) => join(root, parent, name)))
  .filter((directory) => existsSync(join(directory, 'package.json')))
  .flatMap((directory) => {
    const manifest = JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8')) as {
      name: string;
      private?: boolean;
    };
    if (manifest.private) return [];
    const readme = readFileSync(join(directory, 'README.md'), 'utf8');
    const example = /```ts\n([\s\S]*?)```/.exec(readme)?.[1] ?? '';
    return [{ name: manifest.name, directory, readme, example }];
  });

/** The example of the conformance suites declares tests for a method that the reader writes. */
const DECLARES_TESTS = '@tunesmith/testing';
const runnable = packages.filter(({ name }) => name !== DECLARES_TESTS);

const sources = new Map(
  packages.map(({ name, directory }) => [name, join(directory, 'src', 'index.ts')]),
);

let home: string;
const before = process.cwd();
const fileOf = ({ name }: PublishedPackage): string =>
  join(home, `${name.replaceAll(/\W+/g, '-')}.ts`);

// What the examples find where they run: models, some data, and our packages by the paths of their sources.
beforeAll(() => {
  home = mkdtempSync(join(tmpdir(), 'readmes-'));
  const nano = join(root, 'packages', 'nano', 'model');
  for (const folder of ['models', 'packages/nano', 'node_modules/@tunesmith'])
    mkdirSync(join(home, folder), { recursive: true });
  for (const path of ['models/base', 'models/tuned', 'models/nano', 'packages/nano/model'])
    symlinkSync(nano, join(home, path));
  symlinkSync(join(root, 'packages', 'nano'), join(home, 'node_modules', '@tunesmith', 'nano'));
  const rows = Array.from({ length: 20 }, (_, i) => ({
    instruction: `Count to ${i}.`,
    output: `${i}`,
  }));
  writeFileSync(
    join(home, 'instructions.jsonl'),
    rows.map((row) => JSON.stringify(row)).join('\n'),
  );
  for (const one of runnable) {
    const code = one.example.replaceAll(/from '(@?tunesmith[^']*)'/g, (statement, name: string) =>
      sources.has(name) ? `from '${sources.get(name)}'` : statement,
    );
    writeFileSync(fileOf(one), `${code}\nexport {};\n`);
  }
  process.chdir(home);
});
afterAll(() => {
  process.chdir(before);
  rmSync(home, { recursive: true });
});

describe.each(packages)('README of $name', ({ readme, example }) => {
  it('has an example, and at most 60 lines', () => {
    expect(example).not.toBe('');
    expect(readme.trimEnd().split('\n').length).toBeLessThanOrEqual(60);
  });
});

it('every example has the right types', () => {
  const read = ts.readConfigFile(join(root, 'packages/config/tsconfig.json'), ts.sys.readFile);
  const { options } = ts.parseJsonConfigFileContent(
    read.config,
    ts.sys,
    join(root, 'packages/config'),
  );
  const program = ts.createProgram(runnable.map(fileOf), options);
  const problems = runnable.flatMap((one) => {
    const source = program.getSourceFile(fileOf(one));
    return program
      .getSemanticDiagnostics(source)
      .map(
        ({ messageText }) => `${one.name}: ${ts.flattenDiagnosticMessageText(messageText, ' ')}`,
      );
  });
  expect(problems).toEqual([]);
});

it.each(runnable)('the example of $name runs', { timeout: 240_000 }, async (one) => {
  const printed: unknown[] = [];
  vi.spyOn(console, 'log').mockImplementation((...values) => void printed.push(...values));
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => printed.push(text) > 0);
  await import(pathToFileURL(resolve(fileOf(one))).href);
  // An example that says what it prints is held to it.
  const told = [...one.example.matchAll(/^console\.log\(.*\); \/\/ (\d+)$/gm)].map(([, value]) =>
    Number(value),
  );
  for (const value of told)
    expect(printed.some((item) => Math.abs(Number(item) - value) < 1e-3)).toBe(true);
});
