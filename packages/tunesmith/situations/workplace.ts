import { spawn, type ChildProcess } from 'node:child_process';
import { access, cp, mkdir, mkdtemp, readFile, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const command = fileURLToPath(new URL('../bin/tunesmith.js', import.meta.url));
const inputs = fileURLToPath(new URL('inputs', import.meta.url));
const schema = fileURLToPath(new URL('../../schema', import.meta.url));
const nano = fileURLToPath(new URL('../../nano/model', import.meta.url));

/** How a command ended. `code` is null where a signal ended it. */
export interface Outcome {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** Standard output. */
  readonly out: string;
  /** Standard error. */
  readonly err: string;
  /** Seconds it took. */
  readonly seconds: number;
}

/** A command that is under way. */
export interface Started {
  readonly child: ChildProcess;
  readonly ended: Promise<Outcome>;
  /** Waits until standard error or output matches. */
  until(pattern: RegExp): Promise<void>;
}

/** A folder of its own with a copy of the nano model, 30 rows, a recipe, @tunesmith/schema, and what a situation is made of. */
export interface Workplace {
  readonly directory: string;
  /** Runs the built command in the folder to its end; it is killed after `limit` seconds, 60 by default. */
  run(words: readonly string[], options?: { input?: string; limit?: number }): Promise<Outcome>;
  /** Runs a shell line in the folder, in which `T` is the built command. */
  shell(line: string, options?: { limit?: number }): Promise<Outcome>;
  start(words: readonly string[]): Started;
  path(name: string): string;
  read(name: string): Promise<string>;
  write(name: string, content: string | Uint8Array): Promise<void>;
  exists(name: string): Promise<boolean>;
}

/** Lays a workplace out. @param names folders of `inputs/` whose files go into it */
export async function workplace(...names: string[]): Promise<Workplace> {
  const directory = await mkdtemp(join(tmpdir(), 'situation-'));
  const path = (name: string): string => join(directory, name);
  await cp(nano, path('nano'), { recursive: true });
  for (const file of ['mine.jsonl', 'recipe.yaml']) await cp(join(inputs, file), path(file));
  for (const name of names) await cp(join(inputs, name), directory, { recursive: true });
  await mkdir(path('node_modules/@tunesmith'), { recursive: true });
  await symlink(schema, path('node_modules/@tunesmith/schema'));
  const launch = (program: string, words: readonly string[], input?: string): Started =>
    follow(
      spawn(program, words, { cwd: directory, env: { ...process.env, NO_COLOR: '1' } }),
      input,
    );
  const bounded = async (started: Started, limit = 60): Promise<Outcome> => {
    const timer = setTimeout(() => started.child.kill('SIGKILL'), limit * 1000);
    try {
      return await started.ended;
    } finally {
      clearTimeout(timer);
    }
  };
  return {
    directory,
    path,
    run: (words, { input = '', limit } = {}) =>
      bounded(launch(process.execPath, [command, ...words], input), limit),
    shell: (line, { limit } = {}) =>
      bounded(
        launch('bash', ['-c', `T() { '${process.execPath}' '${command}' "$@"; }\n${line}`], ''),
        limit,
      ),
    start: (words) => launch(process.execPath, [command, ...words]),
    read: (name) => readFile(path(name), 'utf8'),
    write: (name, content) => writeFile(path(name), content),
    exists: (name) =>
      access(path(name)).then(
        () => true,
        () => false,
      ),
  };
}

function follow(child: ChildProcess, input?: string): Started {
  const begun = performance.now();
  let [out, err] = ['', ''];
  const waiting: { pattern: RegExp; found: () => void }[] = [];
  const look = (): void => {
    for (const { pattern, found } of waiting) if (pattern.test(err) || pattern.test(out)) found();
  };
  child.stdout?.on('data', (data: Buffer) => {
    out += data.toString();
    look();
  });
  child.stderr?.on('data', (data: Buffer) => {
    err += data.toString();
    look();
  });
  if (input !== undefined) child.stdin?.on('error', () => {}).end(input);
  const ended = new Promise<Outcome>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) =>
      resolve({ code, signal, out, err, seconds: (performance.now() - begun) / 1000 }),
    );
  });
  const until = (pattern: RegExp): Promise<void> =>
    new Promise((found, lost) => {
      waiting.push({ pattern, found });
      look();
      void ended.then(({ code }) =>
        lost(new Error(`ended with ${code} before ${pattern} was seen:\n${err}\n${out}`)),
      );
    });
  return { child, ended, until };
}
