/** The start and the end of the process: exit codes, what it prints, signals. */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { constants } from 'node:os';
import { startApi, TEST_TOKEN, type ApiOptions } from '../support/api-process';
import { useCleanUp, useRedis } from '../support/hooks';
import { waitFor } from '../support/wait-for';

const redis = useRedis();
useCleanUp();

const FAST = { LEASE_TTL_MS: '3000', HEARTBEAT_INTERVAL_MS: '900', EMPTY_REDIS_GRACE: 'off' };

function start(options: ApiOptions = {}) {
  return startApi({ ...options, env: { REDIS_URL: redis.current.url, ...FAST, ...options.env } });
}

/** Starts a process that is expected to end by itself. */
async function failing(options: ApiOptions) {
  const api = await start({ ...options, until: 'spawned' });
  const { code } = await api.exited;
  return { code, lines: api.output.lines, text: api.output.text, logs: api.logs };
}

/** Whether the API has begun to listen to signals: SIGHUP is the last of them, and one that Node itself does not catch. */
function listensToSignals(pid: number): boolean {
  const caught = /^SigCgt:\s*(?<mask>[0-9a-f]+)$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.groups
    ?.mask;
  return (BigInt(`0x${caught ?? '0'}`) & (1n << BigInt(constants.signals.SIGHUP - 1))) !== 0n;
}

describe('a start that cannot be', () => {
  it('ends with 64 and one line for every wrong flag and setting', async () => {
    const { code, lines } = await failing({
      env: { LOG_LEVEL: 'loud', LEASE_TTL_MS: 'long' },
      args: ['--fast'],
    });
    expect(code).toBe(64);
    expect(lines.map((line) => line.split(':')[0])).toEqual(['--fast', 'LEASE_TTL_MS', 'LOG_LEVEL']);
  });

  it('ends with 64 for an exchange that is not in the catalogue, naming the flag', async () => {
    const { code, text } = await failing({ args: ['--autostart', 'nowhere'] });
    expect(code).toBe(64);
    expect(text).toMatch(/^--autostart: .*"nowhere".*coinbase, simulator/);
  });

  it('ends with 64 for a catalogue that cannot be read', async () => {
    const { code, text } = await failing({ env: { EXCHANGES_FILE: '/nowhere/exchanges.json' } });
    expect(code).toBe(64);
    expect(text).toMatch(/^EXCHANGES_FILE/);
  });

  it('ends with 69 when Redis cannot be reached, without showing its password', async () => {
    const { code, text, logs } = await failing({ env: { REDIS_URL: 'redis://:t0p-s3cret@127.0.0.1:1' } });
    expect(code).toBe(69);
    expect(text).not.toContain('t0p-s3cret');
    expect(logs.filter(({ level }) => level === 'fatal')).toMatchObject([
      {
        code: 'PREFLIGHT_FAILED',
        msg: expect.stringMatching(
          /^cannot start: .*127\.0\.0\.1:1.*Check REDIS_URL, and that Redis is running\.$/,
        ),
      },
    ]);
    expect(text).not.toMatch(/"stack"/);
  });

  it('ends with 69 when somebody else listens there, before anything is claimed', async () => {
    const squatter = createServer().listen(0, '127.0.0.1');
    await once(squatter, 'listening');
    const { port } = squatter.address() as { port: number };
    const options = { env: { PORT: String(port) }, args: ['--autostart', 'simulator'] };
    const { code, logs } = await failing(options).finally(() => squatter.close());
    expect(code).toBe(69);
    expect(logs.filter(({ level }) => level === 'fatal')).toMatchObject([
      {
        code: 'ADDRESS_UNAVAILABLE',
        msg: expect.stringMatching(`HOST 127.0.0.1, PORT ${port}.*set another PORT`),
      },
    ]);
    expect(JSON.stringify(logs)).not.toContain('"stack"');
    const client = redis.current.client();
    expect(await client.exists('exchange:2:status', '{exchange:2:status}:fence')).toBe(0);
  });

  it('ends with 75 when the exchange is taken, naming the holder', async () => {
    const holder = await start({ args: ['--autostart', 'simulator'] });
    await holder.waitForState('active');
    const { code, logs } = await failing({ args: ['--autostart=simulator'] });
    expect(code).toBe(75);
    const line = logs.find(({ level }) => level === 'fatal');
    expect(line).toMatchObject({ exchange: 'simulator', msg: expect.stringContaining(`pid ${holder.pid}`) });
    holder.kill();
    expect(await holder.exited).toEqual({ code: 0, signal: null });
  });

  it('shows its usage and ends with 0', async () => {
    const { code, text } = await failing({ args: ['--help'] });
    expect(code).toBe(0);
    expect(text).toContain('--autostart <exchange>');
  });
});

describe('the end', () => {
  it.each(['SIGTERM', 'SIGINT'] as const)(
    'by %s is orderly, ends with 0 and leaves the exchange free',
    async (signal) => {
      const api = await start({ args: ['--autostart', 'simulator'] });
      await api.waitForState('active');
      api.kill(signal);
      expect(await api.exited).toEqual({ code: 0, signal: null });
      const moves = api.logs
        .filter(({ from }) => from !== undefined)
        .map(({ from, to }) => `${String(from)} ${String(to)}`);
      expect(moves).toEqual([
        'idle starting',
        'starting warming',
        'warming active',
        'active stopping',
        'stopping stopped',
        'stopped idle',
      ]);
      const client = redis.current.client();
      expect(await client.exists('exchange:2:status')).toBe(0);
      expect(api.output.text).not.toContain(TEST_TOKEN);
    },
  );

  it('does not wait for an open event stream', async () => {
    const api = await start();
    const stream = await api.open('/network/events');
    stream.on('error', () => undefined).resume();
    api.kill();
    expect(await api.exited).toEqual({ code: 0, signal: null });
  });

  it('comes at once, and not with 0, on a second signal', async () => {
    const api = await start({ args: ['--autostart', 'simulator'], env: { STOP_TIMEOUT_MS: '60000' } });
    await api.waitForState('active');
    redis.current.pause();
    try {
      api.kill();
      await api.waitForLog({ msg: 'ending' });
      // Again and again: what comes right after the first counts as the same request.
      await waitFor(() => {
        api.kill();
        return !api.running;
      });
      expect(await api.exited).toEqual({ code: 143, signal: null });
    } finally {
      redis.current.resume();
    }
  });

  it('is honoured while the process still starts', async () => {
    const api = await start({ until: 'spawned', args: ['--autostart', 'simulator'] });
    // Redis does not answer: the start hangs in pre-flight.
    redis.current.pause();
    try {
      await waitFor(() => listensToSignals(api.pid), { describe: 'the process to listen to signals' });
      api.kill();
      expect(await api.exited).toEqual({ code: 0, signal: null });
    } finally {
      redis.current.resume();
    }
    expect(await redis.current.client().exists('exchange:2:status')).toBe(0);
  });

  it('follows an error that nobody caught, in order and with 70', async () => {
    const preload = `${__dirname}/fixtures/throw-on-usr2.cjs`;
    const api = await start({ args: ['--autostart', 'simulator'], nodeArgs: ['--require', preload] });
    await api.waitForState('active');
    api.kill('SIGUSR2');
    expect((await api.exited).code).toBe(70);
    expect(api.logs).toContainEqual(
      expect.objectContaining({ level: 'fatal', msg: 'uncaught error: thrown for a test' }),
    );
    expect(await redis.current.client().exists('exchange:2:status')).toBe(0);
  });
});

describe('the operator’s token', () => {
  it('is made and printed once when none is set', async () => {
    const api = await start({ env: { CONTROL_TOKEN: undefined } });
    const line = await api.output.waitForLine(/^CONTROL_TOKEN is not set/);
    const token = line.split(' ').at(-1)!;
    expect((await api.get('/control/status', { token })).status).toBe(200);
    expect(api.output.text.split(token)).toHaveLength(2);
  });
});
