/** A reader of the event stream who has more to catch up with than may wait for it. */
import { get, type IncomingMessage } from 'node:http';
import type { Clock } from '../../src/clock';
import { KEEP_ALIVE_MS, MAX_STALL_MS, MAX_UNREAD_CHARS } from '../../src/network/event-connection';
import { MAX_EARLY } from '../../src/network/event-reading';
import { EventStream, MAX_MISSED } from '../../src/network/event-stream';
import { ExchangeDirectory } from '../../src/network/exchange-directory';
import type { MemoryStore } from '../../src/registry/memory';
import { CLOCK } from '../../src/registry/registry.tokens';
import { event as eventOf } from '../registry-store/contract/requests';
import { waitFor } from '../support/wait-for';
import { EventReader } from './event-reader';
import { newWorld, startApiApp, type ApiApp } from './api-app';
import { VIEWER_TOKEN } from './http-app';

/** With so many characters in each entry, a full backlog is more than the buffers of any socket. */
const LARGE = 20_000;

let world: MemoryStore;
let api: ApiApp;
let stream: EventStream;
/** Delays of the timers that the stream has not cancelled. */
let pending: number[];
let stallMs: number;

beforeEach(async () => {
  world = newWorld();
  api = await startApiApp({ world });
  stream = api.app.get(EventStream);
  pending = [];
  stallMs = MAX_STALL_MS;
  const clock = api.app.get<Clock>(CLOCK);
  const setTimer = clock.setTimer.bind(clock);
  jest.spyOn(clock, 'setTimer').mockImplementation((delayMs, onFire) => {
    if (delayMs !== MAX_STALL_MS && delayMs !== KEEP_ALIVE_MS) return setTimer(delayMs, onFire);
    pending.push(delayMs);
    const timer = setTimer(delayMs === MAX_STALL_MS ? stallMs : delayMs, onFire);
    const cancel = () => {
      pending = pending.filter((each) => each !== delayMs);
      timer.cancel();
    };
    return { cancel };
  });
});
afterEach(() => api.close());

/** Logs so many entries with a cause of so many characters; returns their ids. */
function log(count: number, characters: number): string[] {
  const event = { ...eventOf('a1', 1), exchangeId: 2, cause: 'x'.repeat(characters) };
  return Array.from({ length: count }, () => world.exchange(2).activity.append(world.nowMs, event));
}

/** A returning reader who has the headers, and reads no further until it is told to. */
async function openIdle(lastSeen: string | undefined): Promise<IncomingMessage> {
  const headers = { authorization: `Bearer ${VIEWER_TOKEN}`, 'last-event-id': `2:${lastSeen}` };
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    get(`${api.url}/network/events`, { headers, agent: false }, resolve).once('error', reject);
  });
  response.on('error', () => undefined);
  await waitFor(() => pending.includes(MAX_STALL_MS), { describe: 'the stream to wait for its reader' });
  return response;
}

async function expectNothingLeft(): Promise<void> {
  await waitFor(() => stream.followed === 0, { describe: 'the reader to be gone' });
  expect(stream.watching).toBe(false);
  expect(pending).toEqual([]);
}

describe('a reader of the event stream who has much to catch up with', () => {
  it('gets all of it, though more than may wait for it', async () => {
    const [lastSeen, ...missed] = log(1 + MAX_MISSED, (2 * MAX_UNREAD_CHARS) / MAX_MISSED);
    const reader = await EventReader.open(api, `2:${lastSeen}`);
    await waitFor(() => reader.ids.length >= MAX_MISSED, { describe: 'what it missed' });
    const live = log(1, 1);
    await waitFor(() => reader.ids.length > MAX_MISSED, { describe: 'what comes then' });
    expect(reader.ids).toEqual([...missed, ...live]);
    await waitFor(() => pending.includes(KEEP_ALIVE_MS), { describe: 'the stream to be kept alive' });
    await reader.close();
    await expectNothingLeft();
  });

  it('gets a snapshot that is more than may wait for it, and what follows', async () => {
    const directory = api.app.get(ExchangeDirectory);
    const [view] = await directory.list();
    const large = { ...view!, displayName: 'x'.repeat(MAX_UNREAD_CHARS) };
    jest.spyOn(directory, 'list').mockResolvedValue([large]);
    const [lastSeen, ...missed] = log(3, 1);
    const reader = await EventReader.open(api, `2:${lastSeen}`);
    await waitFor(() => reader.ids.length >= 2, { describe: 'what it missed' });
    expect(reader.events.map(({ event: name }) => name)).toEqual(['snapshot', 'activity', 'activity']);
    expect(reader.events[0]!.data).toEqual({ exchanges: [large] });
    expect(reader.ids).toEqual(missed);
    await reader.close();
  });

  it('gets what happens meanwhile after what it missed, once and in order', async () => {
    const [lastSeen, ...missed] = log(1 + MAX_MISSED, LARGE);
    const response = await openIdle(lastSeen);
    const meanwhile = log(MAX_EARLY, 1);
    let text = '';
    response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
    const ids = () => [...text.matchAll(/^data: \{.*"id":"([^"]+)"/gm)].map(([, id]) => id);
    await waitFor(() => text.includes(`"id":"${meanwhile.at(-1)}"`), { describe: 'the last entry' });
    const live = log(1, 1);
    await waitFor(() => text.includes(`"id":"${live[0]}"`), { describe: 'what comes then' });
    expect(ids()).toEqual([...missed, ...meanwhile, ...live]);
    response.destroy();
    await expectNothingLeft();
  });

  it('is dropped when it reads nothing for too long', async () => {
    stallMs = 300;
    const [lastSeen] = log(1 + MAX_MISSED, LARGE);
    await openIdle(lastSeen);
    await expectNothingLeft();
  });

  it('is dropped when too much happens meanwhile', async () => {
    const [lastSeen] = log(1 + MAX_MISSED, LARGE);
    await openIdle(lastSeen);
    log(MAX_EARLY + 1, 1);
    await expectNothingLeft();
  });

  it('leaves nothing behind when it goes before it has everything', async () => {
    const [lastSeen] = log(1 + MAX_MISSED, LARGE);
    const response = await openIdle(lastSeen);
    response.destroy();
    await expectNothingLeft();
  });

  it('does not keep the API from shutting down', async () => {
    const [lastSeen] = log(1 + MAX_MISSED, LARGE);
    await openIdle(lastSeen);
    await api.close();
    await expectNothingLeft();
  });
});
