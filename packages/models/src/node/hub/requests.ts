import { setTimeout as sleep } from 'node:timers/promises';
import { answerError, unreachable, type Asked } from './errors.ts';
import { askedWait, type Patience } from './patience.ts';

/** Sends requests about one thing. */
export type Ask = (url: string | URL | Request, init?: RequestInit) => Promise<Response>;

/** What {@link createAsk} takes. */
export interface AskOptions {
  readonly asked: Asked;
  readonly patience: Patience;
  readonly signal?: AbortSignal | undefined;
  /** Hears of a long wait. */
  readonly onWork?: ((what: string) => void) | undefined;
}

const mostRedirects = 10;

/** Tries of a connection that fails: where there is no network, there is none a little later. */
const connections = 3;

/** Answers that may be others a little later. */
const passing = [408, 429, 500, 502, 503, 504];

/**
 * `fetch` as the hub wants it, and as the hub's library takes it. The token goes to the endpoint alone: redirects are followed here,
 * and neither another host nor another port hears it. A 429 is waited out as `Retry-After` says, a 5xx or a connection that fails is
 * tried again; what still is no success becomes a TunesmithError that names what was asked for.
 */
export function createAsk({ asked, patience, signal, onWork }: AskOptions): Ask {
  const { endpoint, token } = asked.settings;
  const { origin, host } = new URL(endpoint);

  /** One request, up to the head of its answer. */
  const send = async (url: URL, init: RequestInit): Promise<Response> => {
    const headers = new Headers(init.headers);
    headers.set('user-agent', 'tunesmith');
    headers.delete('authorization');
    if (token !== undefined && url.origin === origin)
      headers.set('authorization', `Bearer ${token}`);
    const silence = new AbortController();
    const silent = new Error(`no answer within ${patience.silence / 1000} s`);
    const timer = setTimeout(() => silence.abort(silent), patience.silence);
    const given = [init.signal, signal].flatMap((one) => one ?? []);
    const signals = [silence.signal, ...given];
    try {
      return await fetch(url, {
        ...init,
        headers,
        redirect: 'manual',
        signal: AbortSignal.any(signals),
      });
    } finally {
      clearTimeout(timer);
    }
  };

  const follow = async (address: string, init: RequestInit): Promise<Response> => {
    let url = new URL(address);
    for (let hops = 0; hops <= mostRedirects; hops++) {
      const response = await send(url, init);
      const next = response.headers.get('location');
      if (response.status < 300 || response.status >= 400 || next === null) return response;
      await response.body?.cancel();
      url = new URL(next, url);
    }
    throw new Error(`it sends from one address to the next more than ${mostRedirects} times`);
  };

  return async (given, init = {}) => {
    const address = given instanceof Request ? given.url : String(given);
    for (let tries = 1; ; tries++) {
      const response = await follow(address, init).catch((cause: unknown) => {
        signal?.throwIfAborted();
        if (tries < Math.min(connections, patience.tries)) return undefined;
        throw unreachable(address, cause, asked);
      });
      if (response?.ok || response?.status === 416) return response;
      await response?.body?.cancel();
      const wait = (response && askedWait(response)) ?? patience.pause * 2 ** (tries - 1);
      if (response) {
        const isPassing = passing.includes(response.status) && wait <= patience.longestWait;
        if (!isPassing || tries >= patience.tries) throw answerError(response, asked);
        if (wait >= 1000) onWork?.(`waiting ${Math.ceil(wait / 1000)} s, as ${host} asks to`);
      }
      await sleep(wait, undefined, signal ? { signal } : {});
    }
  };
}
