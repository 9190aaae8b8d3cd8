/** The `id` of an event, which comes back as a header: however many exchanges there are, it is taken. */
import { BUILT_IN_CATALOGUE } from '../../src/exchange/built-in.catalogue';
import { tokenOf } from '../../src/network/resume-token';
import { MemoryLeaseStore } from '../../src/registry/memory';
import { event as eventOf } from '../registry-store/contract/requests';
import { rawRequest } from '../security/raw-http';
import { useCleanUp } from '../support/hooks';
import { temporaryFile } from '../support/live-exchange';
import { waitFor } from '../support/wait-for';
import { newWorld, startApiApp, type ApiApp } from './api-app';
import { EventReader } from './event-reader';
import { VIEWER_TOKEN } from './http-app';

/** As many as a catalogue may have, with the longest ids. */
const IDS = Array.from({ length: 1_000 }, (_, at) => 2_147_483_647 - at);

const apis: ApiApp[] = [];
const readers: EventReader[] = [];
afterEach(async () => {
  await Promise.all(readers.splice(0).map((reader) => reader.close()));
  await Promise.all(apis.splice(0).map((api) => api.close()));
});
useCleanUp();

it('of 1000 exchanges, each with an entry, brings back what was missed', async () => {
  const [known] = BUILT_IN_CATALOGUE;
  const entries = IDS.map((id) => ({ ...known!, id, name: `exchange-${id}` }));
  const EXCHANGES_FILE = await temporaryFile('exchanges.json', JSON.stringify(entries));
  const world = newWorld();
  const store = new MemoryLeaseStore(world);
  const append = (exchangeId: number, seq: number) =>
    store.append({ exchangeId, instanceId: 'a', events: [{ ...eventOf('a1', seq), exchangeId }] });
  await Promise.all(IDS.map((id) => append(id, 1)));
  const api = await startApiApp({ world, env: { EXCHANGES_FILE } });
  apis.push(api);
  const open = async (lastEventId?: string) => {
    const reader = await EventReader.open(api, lastEventId);
    readers.push(reader);
    await waitFor(() => reader.events.length > 0);
    return reader;
  };
  const first = await open();
  await first.close();
  await append(IDS.at(-1)!, 2);
  const second = await open(first.events[0]!.id);
  await waitFor(() => second.ids.length > 0);
  expect(second.ids).toHaveLength(1);
});

it('is taken at the longest that an entry of Redis allows, and a head far beyond it is refused', async () => {
  const longest = tokenOf(new Map(IDS.map((id) => [id, `${'9'.repeat(16)}-${'9'.repeat(16)}`])));
  const api = await startApiApp();
  apis.push(api);
  const statusWith = async (lastEventId: string) => {
    const headers = [
      ['Authorization', `Bearer ${VIEWER_TOKEN}`],
      ['Last-Event-ID', lastEventId],
    ] as const;
    return (await rawRequest(api.url, { target: '/network/events', headers })).status;
  };
  expect(await statusWith(longest)).toBe(200);
  expect(await statusWith('x'.repeat(70_000))).toBe(400);
});
