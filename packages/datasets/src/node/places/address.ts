import { setTimeout as sleep } from 'node:timers/promises';
import { httpFiles } from '@tunesmith/schema';
import { dataFile, type DataFile } from '../../read/data-file.ts';
import { nodeUnpacking } from '../unpacking.ts';

/** How long a server is waited for. */
export interface ServerPatience {
  /** How often a request is sent, at most. */
  readonly tries: number;
  /** Milliseconds before it is sent again, doubled each time, where the server does not say. */
  readonly pause: number;
  /** The longest that a server may ask to wait, in milliseconds. */
  readonly longestWait: number;
}

const usualPatience: ServerPatience = { tries: 4, pause: 500, longestWait: 60_000 };

/** Answers that may be others a little later. */
const passing = new Set([408, 429, 500, 502, 503, 504]);

/**
 * The file behind an address, read as it comes; what is read in ranges is asked for in ranges. A server that is busy or fails for a
 * moment is asked again, as long after as it says.
 *
 * Reading throws `file-not-read`, with what the server answered, or where its answer broke off.
 */
export function addressFile(address: string, patience: ServerPatience = usualPatience): DataFile {
  const url = new URL(address);
  const asked: typeof fetch = (_, init) => patientFetch(url, init, patience);
  const files = httpFiles(new URL('.', url), { fetch: asked });
  const file = dataFile(
    { ...files, locate: () => address },
    url.pathname.split('/').findLast(Boolean) ?? 'index',
    nodeUnpacking,
  );
  return file;
}

async function patientFetch(
  url: URL,
  init: RequestInit | undefined,
  { tries, pause, longestWait }: ServerPatience,
): Promise<Response> {
  for (let tried = 1; ; tried++) {
    const isLast = tried >= tries;
    const response = await fetch(url, init).catch((error: unknown) => {
      if (isLast) throw error;
      return undefined;
    });
    if (response && !passing.has(response.status)) return response;
    const wait = (response && statedWait(response)) ?? pause * 2 ** (tried - 1);
    if (response && (isLast || wait > longestWait)) return response;
    await response?.body?.cancel();
    await sleep(wait);
  }
}

/** Milliseconds that a server asks to wait. */
function statedWait({ headers }: Response): number | undefined {
  const stated = headers.get('retry-after');
  if (stated === null) return undefined;
  const seconds = Number(stated);
  const wait = Number.isNaN(seconds) ? Date.parse(stated) - Date.now() : seconds * 1000;
  return Number.isNaN(wait) ? undefined : Math.max(0, wait);
}
