import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Redis } from 'ioredis';
import { askIdentity } from '../../scripts/redis/ask.mjs';
import { commandsDuring, requestsDuring } from './command-count';
import { useCleanUp, useRedis } from './hooks';
import { ProcessOutput } from './process-output';
import { startRedis } from './redis-server';
import { waitFor } from './wait-for';

describe('startRedis', () => {
  useCleanUp();

  it('starts a server that answers, evicts nothing and keeps nothing on disk', async () => {
    const client = (await startRedis()).client();
    expect(await client.ping()).toBe('PONG');
    expect(await client.config('GET', 'maxmemory-policy')).toEqual(['maxmemory-policy', 'noeviction']);
    expect(await client.config('GET', 'save')).toEqual(['save', '']);
  });

  it('takes further settings', async () => {
    const redis = await startRedis({ args: ['--maxmemory', '3mb'] });
    expect(await redis.client().config('GET', 'maxmemory')).toEqual(['maxmemory', '3145728']);
  });

  it('demands the password it was given', async () => {
    const redis = await startRedis({ password: 'correct horse' });
    expect(await redis.client().ping()).toBe('PONG');
    const stranger = new Redis({ port: redis.port, disconnectTimeout: 50 });
    stranger.on('error', () => {});
    await expect(stranger.get('key')).rejects.toThrow(/NOAUTH/);
    stranger.disconnect();
  });

  it('answers nothing while paused, and everything afterwards', async () => {
    const redis = await startRedis();
    const client = redis.client();
    await client.ping();
    redis.pause();
    let answered = false;
    const reply = client.set('key', 'value').then((result) => {
      answered = true;
      return result;
    });
    expect(await askIdentity({ port: redis.port, timeoutMs: 100 })).toBeUndefined();
    expect(answered).toBe(false);
    redis.resume();
    expect(await reply).toBe('OK');
  });

  it.each([
    { keepData: true, value: 'kept' },
    { keepData: false, value: null },
  ])('restarts on its port with keepData $keepData, as another server', async ({ keepData, value }) => {
    const redis = await startRedis();
    await redis.client().set('key', 'kept');
    const { port, pid } = redis;
    await redis.restart({ keepData });
    expect(redis.port).toBe(port);
    expect(redis.pid).not.toBe(pid);
    expect(await redis.client().get('key')).toBe(value);
  });

  it('comes back after a crash with what it had written to disk', async () => {
    const redis = await startRedis({ args: ['--appendonly', 'yes', '--appendfsync', 'always'] });
    await redis.client().set('key', 'durable');
    await redis.kill();
    expect(redis.running).toBe(false);
    await redis.restart({ keepData: true });
    expect(await redis.client().get('key')).toBe('durable');
  });

  it('leaves no server behind when the process that started it is killed by SIGKILL', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'redis-owner-'));
    const owner = spawn(process.execPath, [resolve(__dirname, 'fixtures/redis-owner.mjs'), folder]);
    const output = new ProcessOutput(owner.stdout, owner.stderr);
    const line = await waitFor(() => output.logs[0], {
      describe: () => `the owner's line; got ${output.text}`,
    });
    const { redisPid, redisPort } = line as { redisPid: number; redisPort: number };
    expect(await askIdentity({ port: redisPort })).toMatchObject({ pid: redisPid });

    owner.kill('SIGKILL');
    await once(owner, 'close');

    await waitFor(() => !isAlive(redisPid), {
      timeoutMs: 3_000,
      describe: `the end of redis-server ${redisPid}`,
    });
    await rm(folder, { recursive: true });
  });
});

describe('useRedis', () => {
  const redis = useRedis();
  useCleanUp();

  it('gives the file one server', async () => {
    await redis.current.client().set('left', 'behind');
    expect(await redis.current.client().dbsize()).toBe(1);
  });

  it('empties it before every test', async () => {
    expect(await redis.current.client().dbsize()).toBe(0);
  });
});

describe('counting commands', () => {
  const redis = useRedis();
  useCleanUp();
  const script = "redis.call('SET', KEYS[1], '1') return redis.call('GET', KEYS[1])";

  it('sees a script and what it does inside in the counters of the server', async () => {
    const client = redis.current.client();
    await client.ping();
    const counts = await commandsDuring(redis.current, () => client.eval(script, 1, 'key'));
    expect(counts).toEqual({ eval: 1, set: 1, get: 1 });
  });

  it('sees a script as one round trip', async () => {
    const client = redis.current.client();
    await client.ping();
    const requests = await requestsDuring(redis.current, () => client.eval(script, 1, 'key'));
    expect(requests).toEqual([['eval', script, '1', 'key']]);
  });
});

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
