import { createServer, type AddressInfo } from 'node:net';
import { useCleanUp } from '../support/hooks';
import { FeedClient } from './feed-client';
import { SimulatorProcess } from './simulator-process';

describe('the simulator as a process', () => {
  const started: SimulatorProcess[] = [];

  afterEach(async () => {
    for (const simulator of started) simulator.signal('SIGKILL');
    await Promise.all(started.splice(0).map(({ exited }) => exited));
  });

  useCleanUp();

  function start(...args: string[]): SimulatorProcess {
    const simulator = new SimulatorProcess(...args);
    started.push(simulator);
    return simulator;
  }

  it('prints one line with its addresses, and has the same history under the same seed', async () => {
    const [one, two] = [
      start('--port', '0', '--seed', 'x'),
      start('--port=0', '--seed=x', '--host', '127.0.0.1'),
    ];
    const path = '/products/BTC-USD/candles?granularity=60&start=1700000040&end=1700003000';
    const bodies = await Promise.all(
      [one, two].map(async (simulator) => (await fetch((await simulator.addresses()).restUrl + path)).text()),
    );
    expect(bodies[0]).toBe(bodies[1]);
    expect(JSON.parse(bodies[0] ?? '')).toHaveLength(50);
    expect(one.stdout).toMatch(/^exchange simulator: REST \S+, WebSocket \S+, seed x\n$/);
  });

  it.each(['SIGTERM', 'SIGINT'] as const)(
    'ends with 0 on %s, also with open sockets and requests',
    async (signal) => {
      const simulator = start('--port', '0');
      const { restUrl, wsUrl } = await simulator.addresses();
      const client = await FeedClient.open(wsUrl);
      client.send({ type: 'subscribe', product_ids: ['BTC-USD'], channels: ['matches'] });
      await client.until(({ type }) => type === 'match');
      await fetch(`${restUrl}/faults`, { method: 'POST', body: '{"kind":"nothing"}' });
      const unanswered = fetch(`${restUrl}/time`);
      unanswered.catch(() => undefined);
      for (;;) {
        const { faults } = (await (await fetch(`${restUrl}/faults`)).json()) as { faults: unknown[] };
        if (faults.length === 0) break;
      }
      simulator.signal(signal);
      await expect(simulator.exited).resolves.toBe(0);
      await expect(client.closed).resolves.toMatchObject({ code: 1006 });
      await expect(unanswered).rejects.toThrow();
      expect(simulator.stderr).toBe('');
    },
  );

  it.each([
    [['--port', 'abc'], /--port: got "abc", accepted is a whole number from 0 to 65535/],
    [['--port', '65536'], /--port: got "65536"/],
    [['--port=-1'], /--port: got "-1"/],
    [['--host', ''], /--host: got ""/],
    [['--speed', '3'], /--speed.*accepted are --port <0 to 65535>, --host <address>, --seed <text>/s],
    [['extra'], /extra.*accepted are --port/s],
    [['--seed'], /--seed.*accepted are --port/s],
  ])('refuses %j with 64, naming the flag and what is accepted', async (args, message) => {
    const simulator = start(...args);
    await expect(simulator.exited).resolves.toBe(64);
    expect(simulator.stderr).toMatch(message);
    expect(simulator.stdout).toBe('');
  });

  it('says with --help how it is called, and listens nowhere', async () => {
    const simulator = start('--help');
    await expect(simulator.exited).resolves.toBe(0);
    expect(simulator.stdout).toMatch(/^Usage: npm run simulator .*--port <port>/s);
  });

  it('ends with 69 and says so when the port is in use', async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const { port } = other.address() as AddressInfo;
    const simulator = start('--port', String(port));
    await expect(simulator.exited).resolves.toBe(69);
    expect(simulator.stderr).toBe(
      `simulator: cannot listen on 127.0.0.1:${port}: the port is in use; choose another with --port, or 0 for a free one\n`,
    );
    await new Promise((resolve) => other.close(resolve));
  });
});
