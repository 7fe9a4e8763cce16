import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { readOptions, wrongUsage, type Benchmark } from '../benchmark.ts';
import { compareExports } from './compare.ts';
import { readingTable } from './reading.ts';

/** What is imported of the package of transformers.js. */
const transformersJsEntry = 'dist/transformers.node.mjs';

/** A tuned model in every form that is exported, read by the programs that they are for. */
export const exported: Benchmark = {
  name: 'exports',
  usage:
    '--model PATH --adapter FOLDER [--tokens N] [--python PATH] [--llama FOLDER] [--transformers-js FOLDER] [--json]',
  description:
    'A model with a LoRA, exported as safetensors, GGUF and ONNX: what transformers, llama.cpp and transformers.js write, beside what is written here.',
  async run(args) {
    const typed = readOptions(args, {
      model: process.env['TUNESMITH_SMOLLM2'],
      adapter: undefined,
      tokens: '24',
      python: process.env['TUNESMITH_PYTHON'] ?? 'packages/bench/.venv/bin/python',
      llama: process.env['TUNESMITH_LLAMA'],
      'transformers-js': process.env['TUNESMITH_TRANSFORMERS_JS'],
    });
    const there = (name: 'model' | 'adapter' | 'python' | 'llama' | 'transformers-js'): string => {
      const path = typed.text(name);
      if (path !== undefined && existsSync(path)) return path;
      throw wrongUsage(
        path === undefined ? `--${name} is missing` : `there is nothing at ${path}`,
        path,
        `a path after --${name}`,
      );
    };
    const transformersJs = there('transformers-js');
    if (!existsSync(join(transformersJs, transformersJsEntry)))
      throw wrongUsage(
        `there is no ${transformersJsEntry} in ${transformersJs}`,
        transformersJs,
        'the folder of the package: …/node_modules/@huggingface/transformers',
      );
    const readings = await compareExports({
      model: there('model'),
      adapter: there('adapter'),
      python: there('python'),
      llama: there('llama'),
      transformersJs,
      tokens: typed.wholeNumber('tokens'),
      say: typed.say,
    });
    process.stdout.write(`${typed.json ? JSON.stringify(readings) : readingTable(readings)}\n`);
  },
};
