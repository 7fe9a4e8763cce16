import { execFile } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';

const here = import.meta.dirname;
const run = promisify(execFile);

/** Examples that train in earnest and so are run on their own: `pnpm quickstart`. */
const LONG = ['quickstart'];

const names = readdirSync(here, { withFileTypes: true })
  .filter((entry) => entry.isDirectory() && existsSync(join(here, entry.name, 'main.js')))
  .map(({ name }) => name);

it('finds the examples', () => {
  expect(names).toEqual([
    'hint',
    'intrinsic-dimension',
    'intrinsic-prompt',
    'on-a-page',
    'own-architecture',
    'own-method',
    'own-metric',
    'own-template',
    'pet',
    'read-a-dataset',
    'stages',
    'task-vectors',
    'tune-in-code',
  ]);
});

it('shows one of them in README.md', () => {
  const readme = readFileSync(join(here, '..', 'README.md'), 'utf8');
  expect(readme).toContain(readFileSync(join(here, 'tune-in-code', 'main.js'), 'utf8'));
});

const isProgram = (name: string): boolean => existsSync(join(here, name, 'main.js'));

describe.each(names.filter((name) => isProgram(name) && !LONG.includes(name)))('%s', (name) => {
  const folder = join(here, name);

  it('is a program of at most 60 lines', () => {
    const lines = readFileSync(join(folder, 'main.js'), 'utf8').trimEnd().split('\n');
    expect(lines.length).toBeLessThanOrEqual(60);
  });

  // As a user runs it: plain Node, against the built packages.
  it('runs', { timeout: 240_000 }, async () => {
    rmSync(join(folder, 'runs'), { recursive: true, force: true });
    const { stdout } = await run(process.execPath, ['main.js'], { cwd: folder });
    const expected = join(folder, 'expected.txt');
    if (existsSync(expected))
      expect(stdout.trimEnd()).toBe(readFileSync(expected, 'utf8').trimEnd());
    else expect(stdout).not.toBe('');
  });
});
