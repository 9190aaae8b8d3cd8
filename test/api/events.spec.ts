import { connect } from 'node:net';
import { EventStream, MAX_READERS } from '../../src/network/event-stream';
import { PLACES_FOR_OPERATORS } from '../../src/network/places';
import { MemoryLeaseStore, type MemoryStore } from '../../src/registry/memory';
import { event as eventOf } from '../registry-store/contract/requests';
import { waitFor } from '../support/wait-for';
import { EventReader } from './event-reader';
import { newWorld, startApiApp, type ApiApp } from './api-app';
import { CONTROL_TOKEN, VIEWER_TOKEN } from './http-app';

let world: MemoryStore;
let api: ApiApp;
const readers: EventReader[] = [];

async function open(lastEventId?: string): Promise<EventReader> {
  const reader = await EventReader.open(api, lastEventId);
  readers.push(reader);
  return reader;
}

beforeEach(async () => {
  world = newWorld();
  api = await startApiApp({ world });
});
afterEach(async () => {
  await Promise.all(readers.splice(0).map((reader) => reader.close()));
  await api.close();
});

const start = () => api.call('/control/start', { body: { exchange: 'simulator' } });
const stop = () => api.call('/control/stop', { body: {} });

/** One that has seen how a run began, and not how it ended. */
async function leftDuringRun() {
  const reader = await open();
  await start();
  await reader.sees('claimed');
  await reader.close();
  await stop();
  return reader;
}

describe('the event stream', () => {
  it('begins with a snapshot and goes on with every change', async () => {
    const reader = await open();
    await waitFor(() => reader.events.length > 0);
    expect(reader.events[0]).toMatchObject({
      event: 'snapshot',
      data: { exchanges: [{ name: 'coinbase' }, { name: 'simulator', presence: 'offline' }] },
    });
    await start();
    await stop();
    await reader.sees('released');
    const moves = reader.events.filter(({ data }) => data.type === 'transition').map(({ data }) => data.to);
    expect(moves[0]).toBe('starting');
    expect(moves.slice(-3)).toEqual(['stopping', 'stopped', 'idle']);
    const { json } = await api.call('/network/exchanges/simulator/activity?count=1000');
    const logged = (json.entries as { id: string }[]).map(({ id }) => id).toReversed();
    expect(reader.ids).toEqual(logged.slice(0, reader.ids.length));
  });

  it('gives a returning reader what it missed, once and in order', async () => {
    const first = await leftDuringRun();
    const second = await open(first.events.at(-1)!.id);
    await second.sees('released');
    const { json } = await api.call('/network/exchanges/simulator/activity?count=1000');
    const logged = (json.entries as { id: string }[]).map(({ id }) => id).toReversed();
    await waitFor(() => first.ids.length + second.ids.length >= logged.length);
    expect([...first.ids, ...second.ids]).toEqual(logged);
  });

  it('gives it to all of many who return at once, one after the other, and refuses none', async () => {
    const { id } = (await leftDuringRun()).events.at(-1)!;
    const all = await Promise.all(Array.from({ length: MAX_READERS / 2 }, () => open(id)));
    await Promise.all(all.map((reader) => reader.sees('released')));
  });

  it.each([
    [1_000, 0],
    [1_001, 1],
  ])(
    'of %s entries that a reader has missed passes over what is beyond 1000, and says so',
    async (count, gaps) => {
      const store = new MemoryLeaseStore(world);
      const append = (from: number, to: number) => {
        const events = Array.from({ length: to - from }, (_, at) => ({
          ...eventOf('a1', from + at),
          exchangeId: 2,
        }));
        return store.append({ exchangeId: 2, instanceId: 'a', events });
      };
      await append(1, 5);
      const { json } = await api.call('/network/exchanges/simulator/activity?count=1');
      const [last] = json.entries as { id: string }[];
      await append(5, 5 + count);
      const reader = await open(`2:${last?.id}`);
      await waitFor(() => reader.ids.length >= 1_000, { describe: 'what it missed' });
      expect(reader.ids).toHaveLength(1_000);
      expect(reader.events.filter(({ event: name }) => name === 'gap')).toHaveLength(gaps);
    },
  );

  it.each(['nonsense', '2:9999999999999-0', '77:1-1', ''])('is not misled by the last id %j', async (id) => {
    const reader = await open(id);
    await start();
    await reader.sees('claimed');
  });

  it('follows each exchange once, however many read, and not at all when nobody does', async () => {
    const stream = api.app.get(EventStream);
    expect(stream.followed).toBe(0);
    const all = await Promise.all([open(), open(), open()]);
    expect(stream.followed).toBe(2);
    await Promise.all(all.map((reader) => reader.close()));
    await waitFor(() => stream.followed === 0, { describe: 'the followers to end' });
    const again = await open();
    await start();
    await again.sees('claimed');
  });

  it('leaves places to operators that viewers cannot fill', async () => {
    const taken: Response[] = [];
    /** How many of so many new readers find no place. */
    const refusedOf = async (count: number, token: string): Promise<number> => {
      const headers = { authorization: `Bearer ${token}` };
      const url = `${api.url}/network/events`;
      const answers = await Promise.all(Array.from({ length: count }, () => fetch(url, { headers })));
      taken.push(...answers.filter(({ status }) => status === 200));
      const refused = answers.filter(({ status }) => status !== 200);
      for (const answer of refused)
        expect(await answer.json()).toMatchObject({ code: 'NOT_READY', status: 503 });
      return refused.length;
    };
    expect(await refusedOf(MAX_READERS, VIEWER_TOKEN)).toBe(PLACES_FOR_OPERATORS);
    expect(await refusedOf(PLACES_FOR_OPERATORS + 1, CONTROL_TOKEN)).toBe(1);
    await Promise.all(taken.splice(0).map(async ({ body }) => body?.cancel()));
    await waitFor(() => api.app.get(EventStream).followed === 0, { describe: 'the readers to be gone' });
    expect(await refusedOf(1, VIEWER_TOKEN)).toBe(0);
    await Promise.all(taken.map(async ({ body }) => body?.cancel()));
  });

  it('ends at once when the API shuts down', async () => {
    const reader = await open();
    const begun = performance.now();
    await api.close();
    await reader.ended;
    expect(performance.now() - begun).toBeLessThan(2_000);
  });

  it('drops a reader that does not read', async () => {
    const stream = api.app.get(EventStream);
    const socket = connect(Number(new URL(api.url).port), '127.0.0.1');
    const closed = new Promise((resolve) => socket.once('close', resolve));
    socket.on('error', () => undefined).pause();
    socket.write(`GET /network/events HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${VIEWER_TOKEN}\r\n\r\n`);
    await waitFor(() => stream.followed === 2);
    const { activity } = world.exchange(2);
    const event = { type: 'alert', exchangeId: 2, data: { text: 'x'.repeat(100_000) } } as never;
    await waitFor(
      () => {
        activity.append(world.nowMs, event);
        return stream.followed === 0;
      },
      { describe: 'the reader to be dropped', intervalMs: 1 },
    );
    socket.resume();
    await closed;
  });

  it('answers HEAD without opening anything', async () => {
    const response = await fetch(`${api.url}/network/events`, {
      method: 'HEAD',
      headers: { authorization: `Bearer ${VIEWER_TOKEN}` },
    });
    expect(response.status).toBe(200);
    expect(api.app.get(EventStream).followed).toBe(0);
  });
});
