import { type ApiProcess, startApi } from '../support/api-process';
import { useCleanUp } from '../support/hooks';
import { checkLeaks } from './leak-check';

/** A place whose process has this many more files open than it needs; started again, it has none. */
class Place {
  api: ApiProcess | null = null;
  isOver = false;

  constructor(readonly state: string) {}

  get ready(): ApiProcess | null {
    return this.api?.running === true ? this.api : null;
  }

  async start(moreFiles: number): Promise<void> {
    const script = 'test/chaos/fixtures/open-files.cjs';
    const api = await startApi({ script, args: [`${moreFiles}`], until: 'spawned' });
    await api.output.waitForLine(/^open$/);
    this.api = api;
    void api.exited.then(() => {
      if (this.api === api && !this.isOver) void this.start(0);
    });
  }
}

describe('a look at the files and sockets that processes have open', () => {
  let places: Place[] = [];
  afterEach(async () => {
    for (const place of places) {
      place.isOver = true;
      await place.api?.stop();
    }
  });
  useCleanUp();

  const check = async (active: number, waiting: number) => {
    // The first that waits is started again, and is the measure.
    places = [new Place('idle'), new Place('active'), new Place('idle')];
    for (const [at, more] of [0, active, waiting].entries()) await places[at]?.start(more);
    return checkLeaks(places, ({ state }) => Promise.resolve(state), 1_000, 600);
  };

  it('finds nothing where there are as many as a fresh one has, and what the work of the active one needs', async () => {
    expect(await check(10, 3)).toEqual([]);
  });

  it('finds one that waits with more than it can need', async () => {
    expect(await check(0, 40)).toEqual([expect.stringMatching(/^leak: process \d+, idle, has \d+ files/)]);
  });

  it('finds an active one with more than its work can need', async () => {
    expect(await check(60, 0)).toEqual([expect.stringMatching(/^leak: process \d+, active, has/)]);
  });
});
