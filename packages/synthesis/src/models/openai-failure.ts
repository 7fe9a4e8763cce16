import { TunesmithError } from '@tunesmith/schema';
import { refuse } from '../errors.ts';

interface Circumstances {
  readonly address: string;
  readonly keyEnv?: string;
  readonly hasKey?: boolean;
  readonly timeout?: number;
}

/** What is the matter by status; others below 500 are the request's fault. */
const reasons: Readonly<Record<number, readonly [code: string, what: string]>> = {
  401: ['unauthorized', 'does not let us in'],
  403: ['unauthorized', 'does not let us in'],
  404: ['unknown-model', 'does not have that model, or that address'],
  408: ['server-error', 'gave up waiting'],
  409: ['server-error', 'is busy'],
  429: ['rate-limited', 'asks to be asked more slowly'],
};

/** Why a request brought no answer, as an error whose code says whether asking again may help. */
export function failureOf(
  failed: unknown,
  text: string,
  { address, keyEnv, hasKey, timeout }: Circumstances,
): unknown {
  if (TunesmithError.is(failed)) return failed;
  if (!(failed instanceof Response)) {
    const tooLate = failed instanceof Error && failed.name === 'TimeoutError';
    return refuse({
      kind: 'failure',
      code: 'unreachable',
      message: tooLate
        ? `${address} did not answer within ${timeout} s`
        : `${address} was not reached: ${reasonOf(failed)}`,
      cause: failed,
    });
  }
  const { status } = failed;
  const said = saidBy(text);
  const outOfMoney = status === 429 && said.code === 'insufficient_quota';
  const [code, what] = outOfMoney
    ? ['no-quota', 'says that the account has nothing left']
    : (reasons[status] ??
      (status >= 500 ? ['server-error', 'failed'] : ['refused-request', 'refuses the request']));
  const key =
    code === 'unauthorized'
      ? ` (${hasKey ? `with the key in ${keyEnv}` : `${keyEnv} is empty`})`
      : '';
  return refuse({
    kind: code === 'server-error' || code === 'rate-limited' ? 'failure' : 'input',
    code,
    message: `${address} ${what}${key}: ${status}${said.message === '' ? '' : `, ${said.message}`}`,
    value: { status, retryAfter: secondsToWait(failed.headers.get('retry-after')) },
  });
}

/** Seconds of a `Retry-After` header: a number, or a date. */
function secondsToWait(header: string | null): number | undefined {
  if (header === null || header.trim() === '') return undefined;
  const seconds = Number(header);
  const wait = Number.isFinite(seconds) ? seconds : (Date.parse(header) - Date.now()) / 1000;
  return Number.isFinite(wait) ? Math.max(0, wait) : undefined;
}

/** The server's own words, of whatever length, as part of a sentence. */
function saidBy(text: string): { message: string; code?: unknown } {
  let error: unknown;
  try {
    error = (JSON.parse(text) as { error?: unknown } | null)?.error;
  } catch {
    // no JSON: the text itself is what was said
  }
  const { message, code } = Object(error) as { message?: unknown; code?: unknown };
  const words = typeof message === 'string' ? message : typeof error === 'string' ? error : text;
  const short = words.replace(/\s+/g, ' ').trim();
  return { message: short.length > 300 ? `${short.slice(0, 300)}…` : short, code };
}

function reasonOf(error: unknown): string {
  const { message, cause } = error as Error;
  const under = (cause as { code?: string; message?: string } | undefined) ?? {};
  return under.code ?? under.message ?? message ?? String(error);
}
