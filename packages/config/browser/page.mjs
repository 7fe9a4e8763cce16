import { spawn } from 'node:child_process';
import { kill } from 'node:process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

/** Where a browser may be; `CHROMIUM` names another one. */
const places = [process.env['CHROMIUM'], '/usr/bin/chromium', '/usr/bin/chromium-browser'];

/** The browser of this machine; undefined where none is installed. @returns {string | undefined} */
export function findBrowser() {
  return places.find((place) => place !== undefined && existsSync(place));
}

/**
 * Runs suites in a browser without a window.
 *
 * @param {string} browser a program
 * @param {string} entry the module that declares them, with a `vitest` that is suite.ts
 * @param {Readonly<Record<string, Uint8Array>>} [files] what the page finds under `/files/`, in ranges
 * @returns {Promise<{ name: string, error?: string, skipped?: string }[]>}
 */
export async function runPage(browser, entry, files = {}) {
  const code = await bundle(entry);
  const profile = mkdtempSync(join(tmpdir(), 'browser-'));
  /** @type {(found: { name: string }[]) => void} */
  let done = () => {};
  const results = new Promise((resolve) => (done = resolve));
  const server = createServer(async (request, response) => {
    if (request.url === '/results') {
      let text = '';
      for await (const piece of request) text += piece;
      response.end();
      done(JSON.parse(text));
    } else if (request.url === '/page.js') {
      response.writeHead(200, { 'Content-Type': 'text/javascript' }).end(code);
    } else if (request.url?.startsWith('/files/')) {
      answer(request, response, files[request.url.slice('/files/'.length)]);
    } else {
      response.writeHead(200, { 'Content-Type': 'text/html' });
      response.end('<!doctype html><script type="module" src="/page.js"></script>');
    }
  });
  await new Promise((listening) => server.listen(0, '127.0.0.1', () => listening(undefined)));
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  const options = ['--headless=new', '--no-sandbox', '--disable-gpu', `--user-data-dir=${profile}`];
  const process = spawn(browser, [...options, `http://127.0.0.1:${port}/`], {
    stdio: 'ignore',
    detached: true,
  });
  const ended = new Promise((resolve) => process.once('exit', resolve));
  try {
    const early = ended.then(() => Promise.reject(new Error('the browser ended')));
    return await Promise.race([results, early]);
  } finally {
    // the whole group: what the browser started writes into the profile for a while
    if (process.pid !== undefined && process.exitCode === null) kill(-process.pid, 'SIGKILL');
    await ended;
    server.close().closeAllConnections();
    rmSync(profile, { recursive: true, force: true, maxRetries: 20, retryDelay: 200 });
  }
}

/**
 * A file, or the range of it that is asked for.
 *
 * @param {import('node:http').IncomingMessage} request
 * @param {import('node:http').ServerResponse} response
 * @param {Uint8Array | undefined} bytes
 */
function answer(request, response, bytes) {
  if (bytes === undefined) return response.writeHead(404).end();
  const [, from, to] = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '') ?? [];
  if (from === undefined) {
    response.writeHead(200, { 'Content-Length': bytes.length });
    return response.end(request.method === 'HEAD' ? undefined : bytes);
  }
  const piece = bytes.subarray(Number(from), Number(to) + 1);
  const range = `bytes ${from}-${Number(from) + piece.length - 1}/${bytes.length}`;
  return response.writeHead(206, { 'Content-Range': range }).end(piece);
}

/** @param {string} entry */
async function bundle(entry) {
  const inVitest = createRequire(createRequire(import.meta.url).resolve('vitest/package.json'));
  const inExpect = createRequire(inVitest.resolve('@vitest/expect'));
  const { outputFiles } = await build({
    stdin: {
      contents: `
        import ${JSON.stringify(entry)};
        import { results } from 'vitest';
        await fetch('/results', { method: 'POST', body: JSON.stringify(await results()) });`,
      resolveDir: dirname(entry),
    },
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'browser',
    conditions: ['tunesmith-source'],
    alias: {
      vitest: fileURLToPath(new URL('suite.ts', import.meta.url)),
      '@vitest/expect': inVitest.resolve('@vitest/expect'),
      chai: inExpect.resolve('chai'),
    },
    // Suites are modules that are imported for what they do.
    ignoreAnnotations: true,
    logLevel: 'silent',
  });
  return /** @type {[import('esbuild').OutputFile]} */ (outputFiles)[0].text;
}
