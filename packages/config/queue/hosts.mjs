import { execFileSync } from 'node:child_process';

/** Of the range that is kept for measuring networks (RFC 2544): nobody else's. */
const meeting = '198.18.77.1';

/**
 * Hosts within this one: each has a network of its own, with one cable to here, and a name of its own. Needs root, and iproute2.
 *
 * @param {number} count how many
 * @returns {{ address: string, words(host: number): string[], close(): void } | { reason: string }} the address at which all of them reach
 * this host; what stands before a command that a host is to run; the reason why there are none
 */
export function openHosts(count) {
  if (process.platform !== 'linux' || process.getuid?.() !== 0)
    return { reason: 'only root of a Linux machine may give processes a network of their own' };
  /** @param {string} words */
  const ip = (words) =>
    execFileSync('ip', words.split(' '), { stdio: ['ignore', 'ignore', 'pipe'] });
  const own = process.pid % 100_000;
  /** @type {string[]} */
  const undo = [];
  const close = () => {
    for (const words of undo.toReversed()) ip(words);
  };
  /** @param {number} host */
  const nameOf = (host) => `tunesmith-${own}-${host}`;
  try {
    ip(`address add ${meeting}/32 dev lo`);
    undo.push(`address del ${meeting}/32 dev lo`);
    for (let host = 0; host < count; host++) {
      const [cable, name] = [`ts${own}x${host}`, nameOf(host)];
      const [here, there] = [`198.18.78.${4 * host + 1}`, `198.18.78.${4 * host + 2}`];
      ip(`netns add ${name}`);
      // its end of the cable goes with it, and so the whole cable
      undo.push(`netns del ${name}`);
      ip(`link add ${cable} type veth peer name eth0 netns ${name}`);
      ip(`address add ${here}/30 dev ${cable}`);
      ip(`link set ${cable} up`);
      ip(`-n ${name} address add ${there}/30 dev eth0`);
      ip(`-n ${name} link set eth0 up`);
      ip(`-n ${name} link set lo up`);
      ip(`-n ${name} route add default via ${here}`);
    }
  } catch (error) {
    close();
    const said = /** @type {{ stderr?: Buffer }} */ (error).stderr?.toString().trim();
    return { reason: `this machine gives no network of its own to processes: ${said || error}` };
  }
  const named = 'hostname "$0" && exec "$@"';
  return {
    address: meeting,
    words: (host) => [
      'ip',
      'netns',
      'exec',
      nameOf(host),
      'unshare',
      '--uts',
      'sh',
      '-c',
      named,
      `host-${host}`,
    ],
    close,
  };
}
