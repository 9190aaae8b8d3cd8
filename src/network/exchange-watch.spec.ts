import { Catalogue } from '../exchange/catalogue';
import { BUILT_IN_CATALOGUE } from '../exchange/built-in.catalogue';
import { FakeClock } from '../fake-clock';
import { MemoryLeaseStore, MemoryStore } from '../registry/memory';
import { ExchangeDirectory } from './exchange-directory';
import type { ExchangeView } from './exchange-view';
import { ExchangeWatch, LOOK_INTERVAL_MS, LOOK_SOON_MS, type WatchReader } from './exchange-watch';

let clock: FakeClock;
let world: MemoryStore;
let watch: ExchangeWatch;
let reads: jest.SpyInstance;

beforeEach(() => {
  clock = new FakeClock();
  world = new MemoryStore(clock);
  const store = new MemoryLeaseStore(world);
  reads = jest.spyOn(store, 'read');
  watch = new ExchangeWatch(new ExchangeDirectory(new Catalogue(BUILT_IN_CATALOGUE), store), clock);
});
afterEach(() => {
  watch.onModuleDestroy();
  expect(clock.pendingTimers).toBe(0);
});

class Notes implements WatchReader {
  looks: (readonly ExchangeView[])[] = [];
  silences = 0;

  onLook(exchanges: readonly ExchangeView[]): void {
    this.looks.push(exchanges);
  }

  onSilence(): void {
    this.silences += 1;
  }

  /** How exchange 2 stood at each look. */
  get presences(): string[] {
    return this.looks.map(([, view]) => view!.presence);
  }
}

describe('the watch', () => {
  it('reads nothing before the first reader and nothing after the last, all exchanges at once in between', async () => {
    await clock.advance(60_000);
    expect(reads).toHaveBeenCalledTimes(0);
    const [one, two] = [new Notes(), new Notes()];
    await watch.join(one);
    await watch.join(two);
    reads.mockClear();
    await clock.advance(5 * LOOK_INTERVAL_MS);
    expect(reads.mock.calls).toEqual(Array.from({ length: 5 }, () => [[1, 2]]));
    watch.leave(one);
    watch.leave(two);
    reads.mockClear();
    await clock.advance(60_000);
    expect(reads).toHaveBeenCalledTimes(0);
  });

  it('sees a claim run out in silence at the moment it does', async () => {
    world.putStatus(2, '{"instanceId":"a"}', 700);
    const notes = new Notes();
    await watch.join(notes);
    await clock.advance(700);
    expect(notes.presences).toEqual(['held']);
    await clock.advance(1);
    expect(notes.presences).toEqual(['held', 'offline']);
  });

  it('does not look more often because of a key that never expires', async () => {
    world.putStatus(2, 'nonsense', null);
    await watch.join(new Notes());
    reads.mockClear();
    await clock.advance(2 * LOOK_INTERVAL_MS);
    expect(reads).toHaveBeenCalledTimes(2);
  });

  it('looks soon after something has happened, once for a whole burst', async () => {
    const notes = new Notes();
    await watch.join(notes);
    for (let times = 0; times < 20; times += 1) watch.lookSoon();
    await clock.advance(LOOK_SOON_MS);
    expect(notes.looks).toHaveLength(2);
  });

  it('lets all who come while it looks share the next look', async () => {
    await Promise.all(Array.from({ length: 50 }, () => watch.join(new Notes())));
    expect(reads.mock.calls.length).toBeLessThanOrEqual(2);
  });

  it('says that the store is silent, and goes on looking', async () => {
    const notes = new Notes();
    await watch.join(notes);
    world.down = true;
    await clock.advance(2 * LOOK_INTERVAL_MS);
    expect(notes).toMatchObject({ silences: 2, presences: ['offline'] });
    await expect(watch.join(new Notes())).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    world.down = false;
    await clock.advance(LOOK_INTERVAL_MS);
    expect(notes.presences).toEqual(['offline', 'offline']);
  });

  it('does nothing when something happens and nobody wants to see it', async () => {
    watch.lookSoon();
    await clock.advance(LOOK_INTERVAL_MS);
    expect(reads).toHaveBeenCalledTimes(0);
  });
});
