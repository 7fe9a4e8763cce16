import { changed, checkPath, filesError, notRead } from './errors.ts';
import type { FileState, Files } from './files.ts';

/** How {@link httpFiles} asks. */
export interface HttpFilesOptions {
  /** What sends requests: for headers, credentials, retries. The global `fetch` by default. */
  readonly fetch?: typeof globalThis.fetch;
  /** Paths of the files that are there, for {@link Files.list}: http itself lists nothing. */
  readonly index?: readonly string[];
}

/**
 * {@link Files} behind an address, to be read: parts of files are asked for by ranges. A server that sends whole files all the
 * same is read up to the end of the part. Where a browser shows neither `ETag` nor `Last-Modified`, a file that changes is
 * noticed by its size alone.
 *
 * @param address of the folder, with or without a slash at its end
 */
export function httpFiles(address: string | URL, options: HttpFilesOptions = {}): Files {
  const root = String(address).replace(/\/*$/, '/');
  const { fetch = globalThis.fetch, index } = options;
  const locate: Files['locate'] = (path) =>
    path ? root + path.split('/').map(encodeURIComponent).join('/') : root;

  const request = async (path: string, init: RequestInit): Promise<Response> => {
    const place = locate(checkPath(path));
    try {
      return await fetch(place, init);
    } catch (cause) {
      throw notRead(place, reasonOf(cause), cause);
    }
  };
  /** Asks for a range, as if the whole file were uncompressed. */
  const requestRange = (path: string, from: number, to: number): Promise<Response> =>
    request(path, { headers: { Range: `bytes=${from}-${to}` } });
  const refuse = async (path: string, response: Response): Promise<never> => {
    await response.body?.cancel();
    throw notRead(locate(path), `the server answered ${response.status} ${response.statusText}`);
  };
  const readOnly = (path: string): never => {
    throw filesError({
      code: 'read-only',
      message: `${locate(checkPath(path))} cannot be written: files behind an address are only read`,
      value: path,
    });
  };

  return {
    locate,
    async stat(path) {
      const head = await request(path, { method: 'HEAD' });
      if (isMissing(head)) return undefined;
      if (!head.ok) return refuse(path, head);
      const stated = sizeOf(head);
      if (stated !== undefined) return { size: stated, version: versionOf(head) };
      const first = await requestRange(path, 0, 0);
      if (!first.ok && first.status !== 416) return refuse(path, first);
      await first.body?.cancel();
      const size = sizeOf(first);
      if (size === undefined) throw notRead(locate(path), 'the server does not say how long it is');
      return { size, version: versionOf(head) };
    },
    async read(path, target, position = 0, state) {
      if (target.length === 0) return 0;
      const response = await requestRange(path, position, position + target.length - 1);
      const size = sizeOf(response);
      if (state !== undefined && response.status !== 404 && isOther(response, size, state)) {
        await response.body?.cancel();
        throw changed(locate(path));
      }
      // The position lies behind the end.
      if (response.status === 416) return 0;
      if (!response.ok) return refuse(path, response);
      const skipped = response.status === 206 ? 0 : position;
      return fill(target, skipped, piecesOf(response, locate(path)));
    },
    async *stream(path) {
      const response = await request(path, {});
      if (!response.ok) return refuse(path, response);
      yield* piecesOf(response, locate(path));
    },
    write: async (path) => readOnly(path),
    async list(folder = '') {
      if (index === undefined)
        throw filesError({
          code: 'no-listing',
          message: `the files of ${locate(folder)} cannot be listed: http has no listing`,
          value: folder,
          accepted: 'the option "index", the paths of the files that are there',
        });
      const start = folder === '' ? '' : `${checkPath(folder)}/`;
      return index
        .filter((path) => path.startsWith(start) && !path.slice(start.length).includes('/'))
        .map((path) => path.slice(start.length))
        .sort();
    },
    remove: async (path) => readOnly(path),
  };
}

function isMissing({ status }: Response): boolean {
  return status === 404 || status === 410;
}

/** Bytes of the whole file, where the answer says so and they are sent as they are. */
function sizeOf({ status, headers }: Response): number | undefined {
  if (status === 206 || status === 416) {
    const total = /\/(\d+)$/.exec(headers.get('content-range') ?? '')?.[1];
    return total === undefined ? undefined : Number(total);
  }
  const length = headers.get('content-length');
  return length === null || (headers.get('content-encoding') ?? 'identity') !== 'identity'
    ? undefined
    : Number(length);
}

function versionOf({ headers }: Response): string {
  return headers.get('etag') ?? headers.get('last-modified') ?? '';
}

function isOther(response: Response, size: number | undefined, state: FileState): boolean {
  const version = versionOf(response);
  const differs = version !== '' && state.version !== '' && version !== state.version;
  return differs || (size !== undefined && size !== state.size);
}

async function* piecesOf({ body }: Response, place: string): AsyncGenerator<Uint8Array> {
  if (body === null) return;
  const reader = body.getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      yield value;
    }
  } catch (cause) {
    throw notRead(place, reasonOf(cause), cause);
  } finally {
    // Whoever has enough ends the transfer.
    await reader.cancel().catch(() => undefined);
  }
}

/** Fills `target` with what comes after the first `skipped` bytes. @returns how much of it was filled */
async function fill(
  target: Uint8Array,
  skipped: number,
  pieces: AsyncIterable<Uint8Array>,
): Promise<number> {
  let done = -skipped;
  for await (const piece of pieces) {
    const from = Math.max(0, -done);
    const wanted = piece.subarray(from, from + target.length - Math.max(0, done));
    target.set(wanted, Math.max(0, done));
    done = Math.min(done + piece.length, target.length);
    if (done === target.length) break;
  }
  return Math.max(0, done);
}

function reasonOf(error: unknown): string {
  const { message, cause } = error as Error & { cause?: unknown };
  return cause instanceof Error && cause.message ? `${message}: ${cause.message}` : message;
}
