import { createServer } from 'node:net';
import { once } from 'node:events';
import { freePort, isPortFree } from '../../scripts/processes/free-port.mjs';

it('gives no port twice to whoever has not yet bound it', async () => {
  // Of 12,000 at random, two of so many are the same in all but one of 40 runs.
  const ports = await Promise.all(Array.from({ length: 300 }, freePort));
  expect(new Set(ports).size).toBe(ports.length);
});

it('gives a port that a server can bind', async () => {
  const port = await freePort();
  expect(await isPortFree(port)).toBe(true);
  const server = createServer().listen(port, '127.0.0.1');
  await once(server, 'listening');
  expect(await isPortFree(port)).toBe(false);
  server.close();
  await once(server, 'close');
});
