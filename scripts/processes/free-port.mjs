/**
 * Free TCP ports on loopback, for servers that cannot be told to choose one.
 *
 * Between our look and the server's bind nobody else who looks here gets the same port. A stranger may: callers that can, retry. Ports
 * below the range from which systems take the local ports of outgoing connections make that rare.
 */
import { createSocket } from 'node:dgram';
import { createServer } from 'node:net';

const LOWEST = 20_000;
const COUNT = 12_000;
/** For how long: a server is up by then, also on a busy machine. */
const RESERVED_MS = 60_000;

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
 * Keeps others of us, in whatever process, away from the port by the UDP port of the same number, which no server of ours needs.
 *
 * @param {number} port
 * @returns {Promise<boolean>} False if somebody else has reserved it.
 */
function reserve(port) {
  return new Promise((resolve) => {
    const socket = createSocket('udp4');
    socket.once('error', () => socket.close(() => resolve(false)));
    socket.bind({ port, address: '127.0.0.1', exclusive: true }, () => {
      socket.unref();
      setTimeout(() => socket.close(), RESERVED_MS).unref();
      resolve(true);
    });
  });
}

/**
 * A port that was free a moment ago, and is nobody else's answer for a minute.
 *
 * @returns {Promise<number>}
 */
export async function freePort() {
  for (let attempt = 0; attempt < 100; attempt += 1) {
    const port = LOWEST + Math.floor(Math.random() * COUNT);
    if ((await reserve(port)) && (await isPortFree(port))) return port;
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
