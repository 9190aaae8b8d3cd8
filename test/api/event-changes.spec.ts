/** What the event stream shows of changes that no activity log tells. */
import { EventStream } from '../../src/network/event-stream';
import type { MemoryStore } from '../../src/registry/memory';
import { waitFor } from '../support/wait-for';
import { newWorld, startApiApp, type ApiApp } from './api-app';
import { EventReader } from './event-reader';

let world: MemoryStore;
let api: ApiApp;
let reader: EventReader;

beforeEach(async () => {
  world = newWorld();
  api = await startApiApp({ world });
});
afterEach(async () => {
  world.down = false;
  await reader.close();
  await api.close();
});

const open = async () => {
  reader = await EventReader.open(api);
  await waitFor(() => reader.events.length > 0, { describe: 'the snapshot' });
};
const views = () => reader.views('simulator');
const status = (over: object = {}) =>
  JSON.stringify({ instanceId: 'silent', hostname: 'trading-1', connectionState: 'starting', ...over });

describe('the event stream', () => {
  it('shows a claim that runs out in silence, as the list of exchanges would', async () => {
    // Long enough for the snapshot to show it on a busy machine; the expiry then has the same 1,500 ms as ever.
    world.putStatus(2, status(), 2_500);
    await open();
    await waitFor(() => views().length === 1, { timeoutMs: 4_000, describe: 'the expiry' });
    expect(views()[0]).toMatchObject({ presence: 'offline', status: null, expiresInMs: null });
    const { json } = await api.call('/network/exchanges/simulator');
    expect(views()[0]).toEqual(json);
    expect(reader.types).toEqual([]);
  });

  it('shows progress, a heartbeat and an unreadable key, each once, and nothing while nothing changes', async () => {
    world.putStatus(2, status(), 60_000);
    await open();
    const startup = { phase: 'backfill', percent: 40, current: 2, total: 5, item: 'BTC-USD' };
    const steps = [
      { put: status({ startup }), shows: { status: expect.objectContaining({ startup }) } },
      {
        put: status({ startup, lastHeartbeat: '2026-01-01T00:00:15.000Z' }),
        shows: { status: expect.objectContaining({ lastHeartbeat: '2026-01-01T00:00:15.000Z' }) },
      },
      { put: 'nonsense', shows: { presence: 'unreadable' } },
    ];
    for (const [index, { put, shows }] of steps.entries()) {
      world.putStatus(2, put, 60_000);
      await waitFor(() => views().length > index, { describe: `change ${index + 1}` });
      expect(views().at(-1)).toMatchObject(shows);
    }
    world.putStatus(2, 'nonsense', 40_000);
    world.putStatus(1, status(), 60_000);
    await waitFor(() => reader.views('coinbase').length === 1);
    expect(views()).toHaveLength(steps.length);
  });

  it('shows the new holder with its state right after the entries that tell of it', async () => {
    await open();
    await api.call('/control/start', { body: { exchange: 'simulator' } });
    await waitFor(() => views().some(({ presence }) => presence === 'held'), { timeoutMs: 1_500 });
    await api.call('/control/stop', { body: {} });
    await waitFor(() => views().at(-1)?.presence === 'offline', { timeoutMs: 1_500 });
  });

  it('says when Redis is silent, once, and when it is back', async () => {
    await open();
    const told = () => reader.events.filter(({ event }) => event === 'redis').map(({ data }) => data);
    world.down = true;
    await waitFor(() => told().length === 1);
    expect(told()).toEqual([{ redis: 'down' }]);
    world.down = false;
    world.putStatus(2, status(), 60_000);
    await waitFor(() => views().length === 1);
    expect(told()).toEqual([{ redis: 'down' }, { redis: 'up' }]);
  });

  it('stops looking when the last reader leaves', async () => {
    const stream = api.app.get(EventStream);
    await open();
    expect(stream.watching).toBe(true);
    await reader.close();
    await waitFor(() => !stream.watching, { describe: 'the watch to end' });
  });
});
