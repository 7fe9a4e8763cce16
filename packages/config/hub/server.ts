import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A repository of a hub: its branches and tags, and the files of each commit. */
export interface HubRepository {
  readonly refs: Record<string, string>;
  readonly commits: Record<string, Record<string, Uint8Array | string>>;
  /** Whether its files are shown to accepted tokens alone. */
  readonly gated?: boolean;
  /** Sizes that the list of files has wrong. */
  readonly sizes?: Record<string, number>;
}

/** A request that a hub heard, and what it sent. */
export interface HeardRequest {
  /** The hub itself, or where it keeps large files. */
  readonly host: 'hub' | 'storage';
  readonly path: string;
  readonly range: string | undefined;
  readonly authorization: string | undefined;
  status: number;
  /** Bytes of the body that were sent. */
  sent: number;
}

/** Something that goes wrong with a request whose path matches. */
export interface Trouble {
  readonly path: RegExp;
  /** How often it goes wrong; always if absent. */
  times?: number;
  /** An answer in place of the right one. */
  readonly status?: number;
  readonly headers?: Record<string, string>;
  /** The connection ends after this many bytes of the body. */
  readonly cutAfter?: number;
  /** The body has other bytes of the same length. */
  readonly isWrong?: boolean;
}

/** A hub of Hugging Face on this machine, for tests: it lists, sends ranges, redirects large files to another host, and fails as told. */
export interface HubServer {
  readonly endpoint: string;
  readonly repositories: Record<string, HubRepository>;
  readonly heard: HeardRequest[];
  readonly troubles: Trouble[];
  /** Tokens that see what is gated. */
  readonly tokens: Set<string>;
  /** Requests for files, without their addresses: `storage model.safetensors bytes=5-`. */
  readonly fetched: () => string[];
  close(): Promise<void>;
}

/** What a commit is called in tests: `commit('a')` is forty letters. */
export function commit(letter: string): string {
  return letter.repeat(40);
}

/** Whether the hub keeps a file elsewhere, by its SHA-256. */
function isLarge(path: string): boolean {
  return /\.(safetensors|gguf|bin|parquet)$/.test(path) || path === 'tokenizer.json';
}

/** The name of a file's blob: what its ETag says. */
export function blobName(path: string, content: Uint8Array | string): string {
  const bytes = Buffer.from(content);
  return isLarge(path)
    ? createHash('sha256').update(bytes).digest('hex')
    : createHash('sha1').update(`blob ${bytes.length}\0`).update(bytes).digest('hex');
}

/** Starts a hub with some repositories; the names of data sets begin with `datasets/`. */
export async function hubServer(repositories: Record<string, HubRepository>): Promise<HubServer> {
  const heard: HeardRequest[] = [];
  const troubles: Trouble[] = [];
  const tokens = new Set<string>();
  const kept = new Map<string, Buffer>();

  const hear = (host: HeardRequest['host'], request: IncomingMessage): HeardRequest => {
    const { url = '/', headers } = request;
    const { range, authorization } = headers;
    const one = { host, path: decodeURIComponent(url), range, authorization, status: 0, sent: 0 };
    heard.push(one);
    return one;
  };
  const answer = (
    response: ServerResponse,
    one: HeardRequest,
    status: number,
    headers: Record<string, string> = {},
    body: Buffer = Buffer.alloc(0),
  ): void => {
    one.status = status;
    response.writeHead(status, { 'content-length': String(body.length), ...headers });
    one.sent = body.length;
    response.end(body);
  };
  const json = (response: ServerResponse, one: HeardRequest, value: unknown): void =>
    answer(
      response,
      one,
      200,
      { 'content-type': 'application/json' },
      Buffer.from(JSON.stringify(value)),
    );
  const refuse = (response: ServerResponse, one: HeardRequest, status: number, code: string) =>
    answer(response, one, status, { 'x-error-code': code, 'x-error-message': `${code} it is` });
  const troubleOf = (path: string): Trouble | undefined => {
    const found = troubles.find((trouble) => trouble.path.test(path) && trouble.times !== 0);
    if (found?.times !== undefined) found.times -= 1;
    return found;
  };
  /** Sends a file or a part of it, and fails as told. */
  const send = (
    response: ServerResponse,
    one: HeardRequest,
    whole: Buffer,
    headers: Record<string, string>,
  ): void => {
    const trouble = troubleOf(one.path);
    if (trouble?.status !== undefined)
      return answer(response, one, trouble.status, trouble.headers);
    const from = Number(/^bytes=(\d+)-$/.exec(one.range ?? '')?.[1] ?? 0);
    if (from > whole.length) return answer(response, one, 416);
    const right = whole.subarray(from);
    const body = trouble?.isWrong ? Buffer.alloc(right.length, 'x') : right;
    const status = from > 0 ? 206 : 200;
    const all = {
      ...headers,
      ...(from > 0 ? { 'content-range': `bytes ${from}-${whole.length - 1}/${whole.length}` } : {}),
    };
    if (trouble?.cutAfter === undefined) return answer(response, one, status, all, body);
    one.status = status;
    one.sent = Math.min(trouble.cutAfter, body.length);
    response.writeHead(status, { 'content-length': String(body.length), ...all });
    response.write(body.subarray(0, one.sent), () => response.destroy());
  };

  const storage = createServer((request, response) => {
    const one = hear('storage', request);
    send(response, one, kept.get(one.path.split('/')[1] ?? '') ?? Buffer.alloc(0), {});
  });
  const storageAddress = await listening(storage);

  const hub = createServer((request, response) => {
    const one = hear('hub', request);
    const [, api, name, rest = ''] =
      /^\/(api\/)?(?:models\/)?((?:datasets\/)?[^/]+\/[^/]+)\/([^?]*)/.exec(one.path) ?? [];
    const repository = repositories[name ?? ''];
    const isFile = api === undefined;
    if (!isFile) {
      const trouble = troubleOf(one.path);
      if (trouble?.status !== undefined)
        return answer(response, one, trouble.status, trouble.headers);
    }
    if (!repository) return refuse(response, one, 401, 'RepoNotFound');
    const [kind = '', ...parts] = rest.split('/');
    const found = revisionIn(repository, parts);
    if (!found) return refuse(response, one, 404, 'RevisionNotFound');
    const files = repository.commits[found.commit]!;
    if (kind === 'revision') return json(response, one, { id: name, sha: found.commit });
    if (kind === 'tree')
      return json(
        response,
        one,
        Object.entries(files).map((file) => entryOf(file, repository.sizes?.[file[0]])),
      );
    const isAllowed = tokens.has(one.authorization?.replace('Bearer ', '') ?? '');
    if (repository.gated && !isAllowed)
      return refuse(response, one, one.authorization ? 403 : 401, 'GatedRepo');
    const content = files[found.rest];
    if (content === undefined) return refuse(response, one, 404, 'EntryNotFound');
    const bytes = Buffer.from(content);
    const blob = blobName(found.rest, bytes);
    const headers = { 'x-repo-commit': found.commit };
    if (!isLarge(found.rest)) return send(response, one, bytes, { ...headers, etag: `"${blob}"` });
    kept.set(blob, bytes);
    answer(response, one, 302, {
      ...headers,
      location: `${storageAddress}/${blob}/${found.rest}?signature=short`,
      'x-linked-etag': `"${blob}"`,
      'x-linked-size': String(bytes.length),
    });
  });
  const endpoint = await listening(hub);
  return {
    endpoint,
    repositories,
    heard,
    troubles,
    tokens,
    fetched: () =>
      heard
        .filter(({ host, path }) => host === 'storage' || path.includes('/resolve/'))
        .filter(({ status }) => status !== 302)
        .map(({ host, path, range }) => {
          const file = path.replace(/\?.*$/, '').split('/').at(-1)!;
          return [host, file, ...(range === undefined ? [] : [range])].join(' ');
        }),
    async close() {
      for (const server of [hub, storage]) {
        server.closeAllConnections();
        await new Promise((resolve) => server.close(resolve));
      }
    },
  };
}

async function listening(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** The commit that an address names, and what follows it there. */
function revisionIn(
  { refs, commits }: HubRepository,
  parts: readonly string[],
): { commit: string; rest: string } | undefined {
  for (let end = parts.length; end > 0; end--) {
    const revision = parts.slice(0, end).join('/');
    const commit = refs[revision] ?? (commits[revision] ? revision : undefined);
    if (commit !== undefined) return { commit, rest: parts.slice(end).join('/') };
  }
  return undefined;
}

function entryOf([path, content]: [string, Uint8Array | string], listed?: number): object {
  const bytes = Buffer.from(content);
  const size = listed ?? bytes.length;
  const pointer = createHash('sha1').update(`pointer of ${path}`).digest('hex');
  const hash = blobName(path, bytes);
  return isLarge(path)
    ? { type: 'file', path, size, oid: pointer, lfs: { oid: hash, size, pointerSize: 130 } }
    : { type: 'file', path, size, oid: hash };
}
