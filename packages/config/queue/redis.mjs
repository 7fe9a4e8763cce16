import { execFileSync, spawn } from 'node:child_process';
import { createServer, connect } from 'node:net';

/**
 * Starts a Redis server of this machine, from Debian's package, which is installed where it is not there and somebody may.
 *
 * @param {string} directory where it may write
 * @param {string} address at which it is reached
 * @returns {Promise<{ url: string, stop(): void } | { reason: string }>} the reason why there is none
 */
export async function startRedis(directory, address) {
  const reason = installed() ? undefined : install();
  if (reason !== undefined) return { reason };
  const port = await freePort();
  const words = ['--port', port, '--bind', address, '--save', '', '--dir', directory];
  // Whoever reaches the address is one of ours.
  words.push('--protected-mode', 'no');
  const server = spawn('redis-server', words.map(String), { stdio: 'ignore' });
  for (let turn = 0; !(await answers(port, address)); turn++) {
    if (turn === 100) return { reason: 'redis-server did not start within 10 s' };
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return { url: `redis://${address}:${port}/0`, stop: () => void server.kill('SIGKILL') };
}

function installed() {
  try {
    execFileSync('redis-server', ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

function install() {
  if (process.getuid?.() !== 0)
    return 'redis-server is not installed, and only root may install it';
  /** @param {readonly string[]} words */
  const apt = (...words) =>
    execFileSync('apt-get', words, {
      stdio: 'ignore',
      timeout: 120_000,
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    });
  try {
    apt('update');
    apt('install', '-y', '--no-install-recommends', 'redis-server');
    return undefined;
  } catch (error) {
    return `redis-server could not be installed: ${error instanceof Error ? error.message : error}`;
  }
}

/** @returns {Promise<number>} */
function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.on('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() =>
        typeof address === 'object' && address
          ? resolve(address.port)
          : reject(new Error('no port')),
      );
    });
  });
}

/** @param {number} port @param {string} address @returns {Promise<boolean>} */
function answers(port, address) {
  return new Promise((resolve) => {
    const socket = connect(port, address);
    socket.on('connect', () => socket.end(() => resolve(true)));
    socket.on('error', () => resolve(false));
  });
}
