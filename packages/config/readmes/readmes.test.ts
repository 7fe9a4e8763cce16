import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import ts from 'typescript';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { root } from '../workspace/packages.mjs';
import {
  prepareFolder,
  publishedReadmes,
  toldNumbers,
  type PublishedPackage,
} from './examples.mjs';

const packages = publishedReadmes();
const runnable = packages.filter(({ isRunnable }) => isRunnable);

const sources = new Map(
  packages.flatMap(({ name, directory }) => [
    [name, join(directory, 'src', 'index.ts')],
    [`${name}/node`, join(directory, 'src', 'node.ts')],
  ]),
);

let home: string;
const before = process.cwd();
const fileOf = ({ name }: PublishedPackage): string =>
  join(home, `${name.replaceAll(/\W+/g, '-')}.ts`);

// What the examples find where they run: models, some data, and our packages by the paths of their sources.
beforeAll(() => {
  home = mkdtempSync(join(tmpdir(), 'readmes-'));
  prepareFolder(home, join(root, 'packages', 'nano', 'model'));
  mkdirSync(join(home, 'node_modules/@tunesmith'), { recursive: true });
  symlinkSync(join(root, 'packages', 'nano'), join(home, 'node_modules', '@tunesmith', 'nano'));
  for (const one of runnable) {
    const code = one.example.replaceAll(/from '([^']+)'/g, (statement, name: string) =>
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
  for (const value of toldNumbers(one.example))
    expect(printed.some((item) => Math.abs(Number(item) - value) < 1e-3)).toBe(true);
});
