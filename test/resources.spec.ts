/** What an instance costs its machine and its log, as the operating system and a log collector see it. */
import { readFileSync, readdirSync } from 'node:fs';
import { AUTOSTART, ended, preload, start } from './endings/instance';
import { TEST_TOKEN, type ApiProcess } from './support/api-process';
import { useCleanUp, useRedis } from './support/hooks';
import { startExchange } from './support/live-exchange';
import { startRedis } from './support/redis-server';
import { waitFor } from './support/wait-for';

const redis = useRedis();
useCleanUp();

/** Processor time since its start, in milliseconds. The kernel counts in hundredths of a second. */
function cpuMs({ pid }: ApiProcess): number {
  // The name of the program, in brackets, may have blanks in it.
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ');
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

const openFiles = ({ pid }: ApiProcess) => readdirSync(`/proc/${pid}/fd`).length;

it('an idle instance and a standby use no measurable processor time', async () => {
  const exchange = await startExchange();
  const holder = await start(redis.current, { args: AUTOSTART, env: exchange.env });
  await holder.waitForState('active');
  const standby = await start(redis.current, { args: [...AUTOSTART, '--standby'], env: exchange.env });
  const idle = await start(redis.current, { env: exchange.env });
  await standby.waitForLog({ msg: /^waiting: .* is held by/ });

  const used = () => ({ idle: cpuMs(idle), standby: cpuMs(standby) });
  const after = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
  // What is still being compiled or collected after the start settles first.
  await after(4_000);
  // Several heartbeats and renewed waits long; one late collection of garbage does not weigh in it, work again and again does.
  const [before, begunAt] = [used(), performance.now()];
  await after(20_000);
  const { idle: idleMs, standby: standbyMs } = used();
  // Other processes on the machine do not count in it.
  const limitMs = (performance.now() - begunAt) / 100;
  expect(idleMs - before.idle).toBeLessThan(limitMs);
  expect(standbyMs - before.standby).toBeLessThan(limitMs);
}, 60_000);

it('twenty starts and stops leave no file and no memory behind', async () => {
  const exchange = await startExchange();
  const { nodeArgs } = preload('heap');
  const api = await start(redis.current, { env: exchange.env, nodeArgs: ['--expose-gc', ...nodeArgs] });
  const cycle = async () => {
    expect((await api.post('/control/start', { exchange: 'simulator' })).status).toBe(202);
    await api.waitForState('active');
    expect((await api.post('/control/stop')).status).toBe(200);
  };
  const heapUsed = async () => {
    const seen = api.logs.length;
    api.kill('SIGUSR2');
    const line = await waitFor(() => api.logs.slice(seen).find((each) => 'heapUsed' in each));
    return Number(line.heapUsed);
  };
  // What is made once, caches and compiled code, is there after the first ones.
  for (let i = 0; i < 4; i++) await cycle();
  const before = { files: openFiles(api), heap: await heapUsed() };
  for (let i = 0; i < 20; i++) await cycle();
  // Sockets of answered requests close a moment later.
  await waitFor(() => openFiles(api) <= before.files, {
    describe: () => `${openFiles(api)} open files to become ${before.files}`,
  });
  const grownBy = (await heapUsed()) - before.heap;
  expect(grownBy).toBeLessThan(4_000_000);
  expect(exchange.witness).toMatchObject({ now: 0, max: 1, overlaps: [] });
}, 60_000);

it('every log line is one JSON object with instance, exchange and state; one per event; nothing secret in it', async () => {
  const secret = { REDIS: 'redis-s3cret-1', VIEWER_TOKEN: 'viewer-s3cret-token-1' };
  const guarded = await startRedis({ password: secret.REDIS });
  const exchange = await startExchange();
  const env = { ...exchange.env, VIEWER_TOKEN: secret.VIEWER_TOKEN, LOG_LEVEL: 'trace' };
  const api = await start(guarded, { env });
  await api.post('/control/start', { exchange: 'simulator' });
  await api.waitForState('active');
  await api.post('/control/pause', { reason: `Bearer ${TEST_TOKEN}` });
  await api.post('/control/resume', {});
  await api.post('/control/stop', {}, { token: secret.VIEWER_TOKEN });
  await api.post('/control/stop', {}, { token: `${TEST_TOKEN}x` });
  await api.get(`/network/exchanges?token=${TEST_TOKEN}`);
  exchange.fault({ kind: 'close' });
  await api.waitForLog({ level: 'error', msg: /closed with code 1011/ });
  await guarded.kill();
  await api.waitForLog({ msg: /^claim lost/ });
  await guarded.restart({ keepData: false });
  await api.waitForState('idle');
  expect(await ended(api, 'SIGTERM')).toEqual({ code: 0, signal: null });

  expect(api.logs).toHaveLength(api.output.lines.length);
  const states = ['idle', 'starting', 'warming', 'active', 'stopping', 'stopped'];
  // What Nest says while it builds the application, in the level `debug`, comes before there is an instance.
  const first = api.logs.findIndex(({ instance }) => instance !== undefined);
  expect(api.logs.slice(0, first).every(({ level }) => level === 'debug')).toBe(true);
  for (const line of api.logs.slice(first)) {
    expect(line).toMatchObject({
      msg: expect.any(String),
      level: expect.any(String),
      time: expect.any(String),
    });
    expect(line).toMatchObject({ instance: expect.any(String), state: expect.any(String) });
    expect(states).toContain(line.state);
    expect(line).toHaveProperty('exchange');
    if (line.from !== undefined) expect(line).toMatchObject({ exchange: 'simulator', state: line.to });
  }
  const claimed = api.logs.findIndex(({ msg }) => msg === 'exchange claimed');
  const gone = api.logs.findIndex(({ to }) => to === 'idle');
  const ofTenure = api.logs.slice(claimed, gone + 1);
  // At the least: claimed, six moves, paused and resumed, the requests between them, and the loss.
  expect(claimed === -1 ? 0 : ofTenure.length).toBeGreaterThan(12);
  for (const line of ofTenure) expect(line).toMatchObject({ exchange: 'simulator' });
  const moves = api.logs
    .filter(({ from }) => from !== undefined)
    .map(({ from, to }) => `${String(from)} > ${String(to)}`);
  expect(moves).toEqual([
    'idle > starting',
    'starting > warming',
    'warming > active',
    'active > stopping',
    'stopping > stopped',
    'stopped > idle',
  ]);
  for (const once of [/^paused$/, /^resumed$/, /^claim lost/, /^ending$/, /^ended$/, /closed with code 1011/])
    expect({ once, lines: api.logs.filter(({ msg }) => once.test(String(msg))).length }).toEqual({
      once,
      lines: 1,
    });
  const requests = api.logs.filter(({ req }) => req !== undefined).map(({ requestId }) => requestId);
  expect(new Set(requests).size).toBe(requests.length);
  for (const text of [TEST_TOKEN, ...Object.values(secret)]) expect(api.output.text).not.toContain(text);
});
