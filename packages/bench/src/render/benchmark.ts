import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { compilePromptsource, type CompiledPromptsource } from '@tunesmith/datasets';
import { readOptions, wrongUsage, type Benchmark } from '../benchmark.ts';
import { peerFile } from '../contestant.ts';

const defaults = {
  lines: process.env['TUNESMITH_PROMPTSOURCE'],
  promptsource: undefined,
  repeat: '5',
  python: process.env['TUNESMITH_PYTHON'] ?? 'packages/bench/.venv/bin/python',
};

interface Line {
  readonly name: string;
  readonly file: string;
  readonly jinja: string;
  readonly answer_choices: string | null;
  readonly record: Readonly<Record<string, unknown>>;
}

interface Peer {
  readonly renderings: number;
  readonly failed: number;
  readonly seconds: number;
  readonly compiled_seconds: number;
}

/** All templates of promptsource on generated records, beside promptsource. */
export const render: Benchmark = {
  name: 'render',
  usage: '--lines FILE --promptsource FOLDER [--repeat N] [--python PATH] [--json]',
  description:
    "Promptsource's templates beside Python's promptsource, on one core each; goldens/promptsource/make.py writes the lines, the folder is that of promptsource's source archive.",
  async run(args) {
    const typed = readOptions(args, defaults);
    const [file, folder, python] = ['lines', 'promptsource', 'python'].map((name) => {
      const path = typed.text(name as keyof typeof defaults);
      if (path !== undefined && existsSync(path)) return path;
      throw wrongUsage(`--${name} is ${path ?? 'not given'}`, path, 'a file or folder that exists');
    });
    const repeat = typed.wholeNumber('repeat');
    const lines = readFileSync(file!, 'utf8').trimEnd().split('\n');
    const ours = rendered(
      lines.map((line) => JSON.parse(line) as Line),
      repeat,
    );
    const peer = peerFile('promptsource_render.py');
    const answer = execFileSync(python!, [peer, file!, `${repeat}`, folder!], { encoding: 'utf8' });
    const theirs = JSON.parse(answer) as Peer;
    const result = {
      tunesmith: ours,
      promptsource: theirs,
      times: theirs.seconds / ours.seconds,
      timesCompiled: theirs.compiled_seconds / ours.seconds,
    };
    const perSecond = (seconds: number): string =>
      `${Math.round(theirs.renderings / seconds)} a second`;
    process.stdout.write(
      typed.json
        ? `${JSON.stringify(result)}\n`
        : `${theirs.renderings} renderings; ${ours.failed} of ours and ${theirs.failed} of theirs are errors\ntunesmith: ${perSecond(ours.seconds)}\npromptsource: ${perSecond(theirs.seconds)}, ours ${result.times.toFixed(2)} times as fast\npromptsource with templates compiled once: ${perSecond(theirs.compiled_seconds)}, ours ${result.timesCompiled.toFixed(2)} times as fast\n`,
    );
  },
};

/** Compiling within the clock, once for each template. */
function rendered(
  lines: readonly Line[],
  repeat: number,
): { renderings: number; failed: number; seconds: number } {
  const start = performance.now();
  const compiled = new Map<string, CompiledPromptsource>();
  let failed = 0;
  for (const line of lines) {
    const key = JSON.stringify([line.file, line.name, line.jinja]);
    const template = compiled.get(key) ?? compile(line);
    compiled.set(key, template);
    for (let time = 0; time < repeat; time++) {
      try {
        template.apply(line.record);
      } catch {
        failed++;
      }
    }
  }
  return {
    renderings: lines.length * repeat,
    failed,
    seconds: (performance.now() - start) / 1000,
  };
}

function compile({ name, jinja, answer_choices: answerChoices }: Line): CompiledPromptsource {
  const metadata = { choicesInPrompt: null, originalTask: null, languages: [], metrics: [] };
  return compilePromptsource({ id: '', name, jinja, answerChoices, reference: '', metadata });
}
