import { MarketDataWorkload } from '../../src/exchange/market-data/market-data.workload';
import type { MemoryStore } from '../../src/registry/memory';
import { waitFor } from '../support/wait-for';
import { newWorld, startApiApp, type ApiApp } from './api-app';

let world: MemoryStore;
let holder: ApiApp;
let other: ApiApp;

beforeEach(async () => {
  world = newWorld();
  holder = await startApiApp({ world });
  other = await startApiApp({ world });
});
afterEach(async () => {
  world.down = false;
  await Promise.all([holder.close(), other.close()]);
});

const path = '/network/exchanges/simulator';

async function startHolder(): Promise<void> {
  await holder.call('/control/start', { body: { exchange: 'simulator' } });
  await holder.reach('active');
}

/** What the activity log has of a command, oldest first. */
async function traceOf(commandId: unknown): Promise<string[]> {
  const { json } = await other.call(`${path}/activity?count=1000`);
  const entries = json.entries as { type: string; commandId?: string }[];
  return entries
    .filter((entry) => entry.commandId === commandId)
    .map(({ type }) => type)
    .toReversed();
}

describe('the exchanges', () => {
  it('are shown offline while nobody holds them', async () => {
    const { json } = await other.call('/network/exchanges');
    expect(json.exchanges).toEqual([
      expect.objectContaining({
        id: 1,
        name: 'coinbase',
        presence: 'offline',
        status: null,
        heartbeatAgeMs: null,
      }),
      expect.objectContaining({ id: 2, name: 'simulator', presence: 'offline', fencingToken: null }),
    ]);
  });

  it('are shown with their holder, from every instance', async () => {
    await startHolder();
    const { json } = await other.call(path);
    expect(json).toMatchObject({
      presence: 'held',
      status: { connectionState: 'active', exchangeName: 'simulator', pid: process.pid, appVersion: '1.2.3' },
    });
    expect(json.heartbeatAgeMs).toBeLessThan(15_000);
    expect(json.expiresInMs).toBeGreaterThan(0);
    expect(json.fencingToken).toBe((json.status as { fencingToken: number }).fencingToken);
  });

  it('are shown as blocked by something unreadable', async () => {
    world.exchange(2).status = { kind: 'text', text: 'not a status', expiresAtMs: null } as never;
    const { json } = await other.call(path);
    expect(json).toMatchObject({
      presence: 'unreadable',
      status: null,
      problem: expect.stringContaining('not JSON'),
      expiresInMs: null,
    });
    const answer = await other.call(`${path}/commands`, { body: { type: 'stop' } });
    expect(answer.json).toMatchObject({ status: 404, code: 'EXCHANGE_OFFLINE' });
  });

  it('are not made up when the store does not answer', async () => {
    world.down = true;
    for (const route of ['/network/exchanges', path, `${path}/activity`, '/network/events']) {
      expect((await other.call(route)).json).toMatchObject({ status: 503, code: 'STORE_UNAVAILABLE' });
    }
  });

  it.each([path.replace('simulator', 'nowhere'), '/network/exchanges/nowhere/activity'])(
    'outside the catalogue are not found: %s',
    async (route) => {
      expect((await other.call(route)).json).toMatchObject({ status: 404, code: 'UNKNOWN_EXCHANGE' });
    },
  );
});

it('a problem that is known leaves a line with its code and without a stack', async () => {
  world.down = true;
  await other.call(path);
  world.down = false;
  const line = JSON.parse(other.lines.findLast((each) => each.includes(' 503"')) ?? '{}') as object;
  expect(line).toMatchObject({ level: 'error', msg: `GET ${path} 503`, code: 'STORE_UNAVAILABLE' });
  expect(line).not.toHaveProperty('err');
});

describe('the activity', () => {
  it('is given newest first, page by page', async () => {
    await startHolder();
    const first = (await other.call(`${path}/activity?count=2`)).json;
    expect(first.entries).toHaveLength(2);
    const second = (await other.call(`${path}/activity?count=1000&cursor=${String(first.nextCursor)}`)).json;
    const types = [...(first.entries as { type: string }[]), ...(second.entries as { type: string }[])];
    expect(types.at(-1)).toMatchObject({ type: 'claimed', actor: 'operator' });
    expect(second.nextCursor).toBeNull();
  });

  it.each(['count=0', 'count=1001', 'count=x', 'count=1&count=2', 'cursor=now', 'cursor=1-2-3', 'limit=5'])(
    'is not given for ?%s',
    async (query) => {
      expect((await other.call(`${path}/activity?${query}`)).json).toMatchObject({ code: 'INVALID_REQUEST' });
    },
  );
});

describe('a command to the holder', () => {
  it('is carried out wherever the holder runs, and leaves its trace', async () => {
    await startHolder();
    const answer = await other.call(`${path}/commands`, { body: { type: 'pause', reason: 'a look' } });
    expect(answer.status).toBe(200);
    expect(answer.json).toMatchObject({
      exchange: 'simulator',
      type: 'pause',
      outcome: 'done',
      result: { isPaused: true, connectionState: 'active' },
    });
    expect(await traceOf(answer.json.commandId)).toEqual([
      'command-sent',
      'command-accepted',
      'command-done',
    ]);
  });

  it('stops the holder and reports its end', async () => {
    await startHolder();
    const answer = await other.call(`${path}/commands`, { body: { type: 'stop' } });
    expect(answer.json).toMatchObject({
      outcome: 'done',
      result: { connectionState: 'idle', lease: 'none' },
    });
    expect((await other.call(path)).json.presence).toBe('offline');
  });

  it('works the same when the holder is asked about itself', async () => {
    await startHolder();
    const answer = await holder.call(`${path}/commands`, { body: { type: 'pause' } });
    expect(answer.json).toMatchObject({ outcome: 'done', result: { isPaused: true } });
  });

  it('still runs at the time limit when the holder has taken it, and its end is told in the log', async () => {
    // oxlint-disable-next-line typescript/unbound-method -- called on its object
    const { stop } = MarketDataWorkload.prototype;
    let letGo = () => {};
    const gate = new Promise<void>((resolve) => (letGo = resolve));
    const stopping = jest.spyOn(MarketDataWorkload.prototype, 'stop').mockImplementation(async function (
      this: MarketDataWorkload,
    ) {
      await gate;
      return stop.call(this);
    });
    try {
      await startHolder();
      const answer = await other.call(`${path}/commands`, { body: { type: 'stop', timeoutMs: 100 } });
      expect(answer.status).toBe(202);
      expect(answer.json).toMatchObject({ outcome: 'running', commandId: expect.any(String) });
      letGo();
      await waitFor(async () => (await traceOf(answer.json.commandId)).at(-1) === 'command-done');
    } finally {
      letGo();
      stopping.mockRestore();
    }
  });

  it('is refused by the holder when its state does not allow it', async () => {
    await startHolder();
    const answer = await other.call(`${path}/commands`, { body: { type: 'resume' } });
    expect(answer.status).toBe(200);
    expect(answer.json).toMatchObject({
      outcome: 'refused',
      error: { code: 'COMMAND_NOT_ALLOWED', allowed: ['stop', 'pause'] },
    });
  });

  it('has nobody to go to while the exchange is offline', async () => {
    const answer = await other.call(`${path}/commands`, { body: { type: 'stop' } });
    expect(answer.json).toMatchObject({ status: 404, code: 'EXCHANGE_OFFLINE' });
  });

  it('is withdrawn when the holder does not read it in time', async () => {
    await startHolder();
    const { status } = world.exchange(2);
    const published = JSON.parse((status as { text: string }).text) as Record<string, unknown>;
    // The claim of an instance that has died: its status stands, nobody listens.
    (status as { text: string }).text = JSON.stringify({ ...published, claimId: 'of-the-dead' });
    const answer = await other.call(`${path}/commands`, { body: { type: 'stop', timeoutMs: 100 } });
    expect(answer.json).toMatchObject({
      status: 410,
      code: 'COMMAND_EXPIRED',
      waitedMs: 100,
      holder: { instanceId: published.instanceId },
    });
    expect(world.exchange(2).commands.entries).toEqual([]);
    expect(await traceOf(answer.json.commandId)).toEqual(['command-sent', 'command-expired']);
  });

  it.each([
    {},
    { type: 'start' },
    { type: 'stop', timeoutMs: 99 },
    { type: 'stop', timeoutMs: 60_001 },
    { type: 'stop', timeoutMs: '5' },
    { type: 'stop', force: true },
  ])('is not accepted as %j', async (body) => {
    expect((await other.call(`${path}/commands`, { body })).json).toMatchObject({ code: 'INVALID_REQUEST' });
  });
});

describe('a revocation', () => {
  it('takes the exchange away and keeps the next claim waiting', async () => {
    await startHolder();
    const { fencingToken } = (await other.call(path)).json;
    const answer = await other.call(`${path}/revoke`, { body: { reason: 'it hangs', fencingToken } });
    expect(answer.status).toBe(200);
    expect(answer.json).toMatchObject({ exchange: 'simulator', revoked: { fencingToken } });
    expect(answer.json.claimableInMs).toBeGreaterThan(0);
    const { entries } = (await other.call(`${path}/activity?count=1000`)).json;
    expect(entries).toContainEqual(
      expect.objectContaining({ type: 'revoked', actor: 'operator', cause: 'it hangs' }),
    );
    const refused = await other.call('/control/start', { body: { exchange: 'simulator' } });
    expect(refused.json).toMatchObject({ status: 409, code: 'CLAIM_DEFERRED' });
  });

  it('does not keep it waiting when the holder is known to be dead', async () => {
    await startHolder();
    const body = { reason: 'unplugged', holderIsDead: true };
    expect((await other.call(`${path}/revoke`, { body })).json).toMatchObject({ claimableInMs: 0 });
  });

  it('does nothing when the token is no longer the holder’s', async () => {
    await startHolder();
    const answer = await other.call(`${path}/revoke`, { body: { reason: 'late', fencingToken: 5 } });
    expect(answer.json).toMatchObject({ status: 409, code: 'TOKEN_MISMATCH', seen: 5 });
    expect((await other.call(path)).json.presence).toBe('held');
  });

  it('takes the token that is shown, also when the fence was lost', async () => {
    await startHolder();
    world.dropFence(2);
    const { fencingToken } = (await other.call(path)).json;
    expect(fencingToken).toEqual(expect.any(Number));
    const answer = await other.call(`${path}/revoke`, { body: { reason: 'it hangs', fencingToken } });
    expect(answer.json).toMatchObject({ exchange: 'simulator', revoked: { fencingToken } });
  });

  it('has nothing to take while the exchange is offline', async () => {
    const answer = await other.call(`${path}/revoke`, { body: { reason: 'nothing there' } });
    expect(answer.json).toMatchObject({ status: 404, code: 'EXCHANGE_OFFLINE' });
  });

  it.each([
    [{}, 'reason: is missing; a text of 1 to 500 characters is accepted'],
    [{ reason: 5 }, 'reason: is no text but of type number; a text of 1 to 500 characters is accepted'],
    [{ reason: ' ' }, 'reason: is empty; a text of 1 to 500 characters is accepted'],
    [
      { reason: 'x'.repeat(501) },
      'reason: has more than 500 characters; a text of 1 to 500 characters is accepted',
    ],
  ])('says of %j what is wrong and what is accepted', async (body, problem) => {
    const { json } = await other.call(`${path}/revoke`, { body });
    expect(json).toMatchObject({
      code: 'INVALID_REQUEST',
      detail: `The body is not acceptable: ${problem}.`,
    });
  });

  it.each([{}, { reason: '' }, { reason: 'x', fencingToken: 0 }, { reason: 'x', holderIsDead: 'yes' }])(
    'is not accepted as %j',
    async (body) => {
      expect((await other.call(`${path}/revoke`, { body })).json).toMatchObject({ code: 'INVALID_REQUEST' });
    },
  );
});
