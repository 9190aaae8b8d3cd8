/**
 * Free TCP ports on loopback, for servers that cannot be told to choose one.
 *
 * Between our look and the server's bind somebody may take the port: callers retry. Ports below the range from
 * which systems take the local ports of outgoing connections make that rare.
 */
import { createServer } from 'node:net';

const LOWEST = 20_000;
const COUNT = 12_000;

/**
 * True if `port` can be bound on `host` now.
 *
 * @param {number} port
 * @param {string} [host]
 * @returns {Promise<boolean>}
 */
export function isPortFree(port, host = '127.0.0.1') {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(false));
    probe.listen({ port, host, exclusive: true }, () => probe.close(() => resolve(true)));
  });
}

/**
 * A port that was free a moment ago.
 *
 * @returns {Promise<number>}
 */
export async function freePort() {
  for (let attempt = 0; attempt < 100; attempt += 1) {
    const port = LOWEST + Math.floor(Math.random() * COUNT);
    if (await isPortFree(port)) return port;
  }
  throw new Error(`No free port found between ${LOWEST} and ${LOWEST + COUNT} on 127.0.0.1`);
}

/**
 * The first free port at or after `preferred`, or undefined if the next `tries` are all taken.
 *
 * @param {number} preferred
 * @param {string} [host]
 * @param {number} [tries]
 * @returns {Promise<number | undefined>}
 */
export async function firstFreePort(preferred, host = '127.0.0.1', tries = 20) {
  for (let port = preferred; port < preferred + tries; port += 1) {
    if (await isPortFree(port, host)) return port;
  }
  return undefined;
}
