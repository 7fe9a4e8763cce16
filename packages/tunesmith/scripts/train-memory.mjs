// Peak memory of a run of one step over conversations, where there are ten times as many. One process a measurement:
//
//     pnpm build:code && pnpm --filter tunesmith measure:memory [conversations]
import { execFileSync } from 'node:child_process';
import { createWriteStream, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { train } from '../dist/node.js';

const given = process.argv.slice(2);
if (given[0] === 'one') await run(given[1], given[2]);
else await measure(Number(given[0] ?? 20_000));

/** Trains one step, and says the peak of the process when the data is ready and at the end. */
async function run(path, output) {
  const start = performance.now();
  let ready;
  const peak = () => process.resourceUsage().maxRSS / 1024;
  const { data } = await train(
    {
      model: '@tunesmith/nano',
      method: 'lora',
      data: [{ path, format: 'messages' }],
      training: { steps: 1, batch_size: 1, max_length: 128, packing: false },
      output,
    },
    {
      onWork(what) {
        if (what === 'preparing the first step')
          ready = { peak: peak(), seconds: (performance.now() - start) / 1000 };
      },
    },
  );
  say(JSON.stringify({ records: data.splits.train, ready, whole: peak() }));
}

async function measure(count) {
  const folder = mkdtempSync(join(tmpdir(), 'train-memory-'));
  const peaks = [];
  try {
    for (const records of [count, count * 10]) {
      const path = join(folder, `${records}.jsonl`);
      await pipeline(lines(records), createWriteStream(path));
      const self = fileURLToPath(import.meta.url);
      const said = execFileSync(process.execPath, [self, 'one', path, join(folder, 'run')], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      const { records: trained, ready, whole } = JSON.parse(String(said).trim().split('\n').at(-1));
      if (trained !== records) throw new Error(`${trained} of ${records} records are trained on`);
      peaks.push(ready.peak);
      const size = (statSync(path).size / 2 ** 20).toFixed(0);
      say(
        `${records} conversations, ${size} MiB: ${ready.peak.toFixed(0)} MiB at the peak until the first step, ` +
          `${ready.seconds.toFixed(0)} s; ${whole.toFixed(0)} MiB at the end`,
      );
      rmSync(path);
      rmSync(join(folder, 'run'), { recursive: true });
    }
    say(`ten times as many: ${(peaks[1] / peaks[0]).toFixed(2)} times the peak`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Conversations of some 700 characters. */
function* lines(count) {
  for (let row = 0; row < count; row++) {
    const messages = [
      { role: 'user', content: `Say what number ${row} is, in a few words, and why you think so.` },
      {
        role: 'assistant',
        content: `It is ${row}. ${'Because it follows the one before it. '.repeat(6)}`,
      },
      { role: 'user', content: `And what comes after ${row}?` },
      { role: 'assistant', content: `${row + 1}. ${'That is how counting goes on. '.repeat(6)}` },
    ];
    yield `${JSON.stringify({ id: `conversation-${row}`, messages })}\n`;
  }
}

function say(text) {
  process.stdout.write(`${text}\n`);
}
