// Peak memory of reading, checking, converting and writing rows, where there are ten times as many. One process a measurement:
//
//     pnpm build:code && pnpm --filter @tunesmith/datasets measure:memory [rows] [layout…]
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readRecords, writeRecords } from '../dist/node.js';

const given = process.argv.slice(2);
if (given[0] === 'one') await convert(given[1], given[2]);
else await measure(Number(given[0] ?? 50_000), given.slice(1));

/** Reads a file, writes another, and says what that took. */
async function convert(from, to) {
  const start = performance.now();
  const count = await writeRecords(to, readRecords(from), { format: 'messages' });
  const { maxRSS } = process.resourceUsage();
  say(JSON.stringify({ count, seconds: (performance.now() - start) / 1000, maxRSS }));
}

async function measure(rows, layouts) {
  const folder = mkdtempSync(join(tmpdir(), 'peak-memory-'));
  const all = ['jsonl', 'jsonl.gz', 'json', 'csv', 'parquet', 'arrow', 'yaml'];
  try {
    for (const layout of layouts.length > 0 ? layouts : all) {
      const peaks = [];
      for (const count of [rows, rows * 10]) {
        const from = join(folder, `rows-${count}.${layout}`);
        await writeRecords(from, made(count), { format: 'alpaca' });
        const to = join(folder, `out.${layout === 'csv' ? 'jsonl' : layout}`);
        const said = execFileSync(process.execPath, [
          fileURLToPath(import.meta.url),
          'one',
          from,
          to,
        ]);
        const { count: written, seconds, maxRSS } = JSON.parse(String(said));
        if (written !== count) throw new Error(`${written} of ${count} rows in ${layout}`);
        peaks.push(maxRSS / 1024);
        const size = (statSync(from).size / 2 ** 20).toFixed(0);
        say(
          `${layout.padEnd(9)} ${String(count).padStart(8)} rows, ${size.padStart(4)} MiB: ` +
            `${(maxRSS / 1024).toFixed(0).padStart(4)} MiB at its peak, ${(count / seconds).toFixed(0)} rows/s`,
        );
        rmSync(from);
        rmSync(to);
      }
      say(
        `${layout.padEnd(9)} ten times as many rows: ${(peaks[1] / peaks[0]).toFixed(2)} times the peak`,
      );
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Rows of some 400 characters, each with an id of its own. */
async function* made(count) {
  for (let row = 0; row < count; row++)
    yield {
      id: `row-${row}`,
      instruction: `Say what number ${row} is, in a word or two, and why you think so.`,
      output: `It is ${row}. ${'Because it follows the one before it. '.repeat(8)}`,
    };
}

function say(text) {
  process.stdout.write(`${text}\n`);
}
