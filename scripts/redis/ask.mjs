/**
 * Asks a Redis for its `INFO server`, without a client library: the packages may not be installed yet.
 */
import { connect } from 'node:net';

/**
 * @typedef {object} RedisIdentity
 * @property {number} pid Process id of the server, as it sees itself.
 * @property {string} version
 */

/**
 * Who answers on a loopback port; undefined if nobody does, or nothing that speaks Redis and knows the password.
 *
 * @param {{ port: number, password?: string, timeoutMs?: number }} target
 * @returns {Promise<RedisIdentity | undefined>}
 */
export function askIdentity({ port, password, timeoutMs = 1_000 }) {
  return new Promise((resolve) => {
    let reply = '';
    const socket = connect({ port, host: '127.0.0.1' });
    const finish = () => {
      socket.destroy();
      const pid = /^process_id:(\d+)/m.exec(reply)?.[1];
      const version = /^(?:valkey|redis)_version:([\d.]+)/m.exec(reply)?.[1];
      resolve(pid === undefined || version === undefined ? undefined : { pid: Number(pid), version });
    };
    socket.setTimeout(timeoutMs, finish);
    socket.on('error', finish);
    socket.on('close', finish);
    socket.on('connect', () => {
      if (password !== undefined) socket.write(`AUTH ${JSON.stringify(password)}\r\n`);
      socket.write('INFO server\r\nQUIT\r\n');
    });
    socket.on('data', (chunk) => {
      reply += chunk.toString('latin1');
    });
  });
}
