import { FakeClock } from '../../fake-clock';
import { NewsTime } from './news-time';

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

describe('the time of news', () => {
  let clock: FakeClock;
  let news: NewsTime;
  let startMs: number;

  beforeEach(() => {
    clock = new FakeClock();
    startMs = clock.read().wallMs;
    news = new NewsTime(clock);
  });

  it.each([
    [0, true],
    [DAY_MS, true],
    [-DAY_MS, true],
    [DAY_MS + 1, false],
    [-DAY_MS - 1, false],
    [73 * 365 * DAY_MS, false],
  ])('is at first %i ms from the clock here: believed %s', (offMs, believed) => {
    expect(news.believes(startMs + offMs)).toBe(believed);
  });

  it.each([
    [0, true],
    [MINUTE_MS, true],
    [-MINUTE_MS, true],
    [MINUTE_MS + 1, false],
    [-MINUTE_MS - 1, false],
  ])(
    'shows the clock here to be wrong by news that follow from the first, give or take %i ms: %s',
    async (offMs, believed) => {
      const wrongMs = startMs + 5 * DAY_MS;
      expect(news.believes(wrongMs)).toBe(false);
      await clock.advance(1_000);
      expect(news.believes(wrongMs + 1_000 + offMs)).toBe(believed);
      await clock.advance(1_000);
      expect(news.believes(wrongMs + 2_000 + offMs)).toBe(true);
    },
  );

  it('is held against what followed from one another from then on', () => {
    news.believes(startMs + 5 * DAY_MS);
    news.believes(startMs + 5 * DAY_MS);
    expect(news.believes(startMs + 6 * DAY_MS)).toBe(false);
    expect(news.believes(startMs)).toBe(true);
  });

  it('does not show the clock here to be wrong once it was right', () => {
    news.believes(startMs);
    expect(news.believes(startMs + 5 * DAY_MS)).toBe(false);
    news.beginConnection();
    expect(news.believes(startMs + 5 * DAY_MS)).toBe(false);
    expect(news.believes(startMs + 5 * DAY_MS)).toBe(false);
    expect(news.believes(startMs)).toBe(true);
  });

  it('shows it to be wrong all the same by a whole connection of nothing else, as after days for which every clock stood still', () => {
    news.believes(startMs);
    const laterMs = startMs + 2 * DAY_MS;
    const connection = () => {
      news.beginConnection();
      return [news.believes(laterMs), news.believes(laterMs)];
    };
    expect(connection()).toEqual([false, false]);
    // Nothing was said on this one.
    news.beginConnection();
    expect(connection()).toEqual([false, false]);
    expect(connection()).toEqual([true, true]);
  });

  it('fits a wall clock that was right, however far ahead it is of a feed that lagged', async () => {
    await clock.advance(70_000);
    news.believes(startMs);
    news.beginConnection();
    expect(news.believes(startMs + 70_000 + MINUTE_MS + 1)).toBe(false);
    expect(news.believes(startMs + 70_000)).toBe(true);
  });

  it('may be a minute ahead of what has passed since the latest', async () => {
    news.believes(startMs);
    await clock.advance(10_000);
    expect(news.believes(startMs + 10_000 + MINUTE_MS + 1)).toBe(false);
    expect(news.believes(startMs + 10_000 + MINUTE_MS)).toBe(true);
    expect(news.believes(startMs + 10_000 + 2 * MINUTE_MS)).toBe(true);
  });

  it('may come late, which changes nothing for what follows', () => {
    news.believes(startMs);
    expect(news.believes(startMs - HOUR_MS)).toBe(true);
    expect(news.believes(startMs + MINUTE_MS)).toBe(true);
  });

  it('goes on when the clock of the exchange, or this one, is set back', async () => {
    news.believes(startMs);
    clock.setWallBy(-HOUR_MS);
    for (let second = 1; second <= 3_700; second += 100) {
      await clock.advance(100_000);
      expect(news.believes(startMs - HOUR_MS + second * 1000)).toBe(true);
    }
    expect(news.believes(startMs + 10_000)).toBe(true);
  });

  it('goes on after the machine was suspended, or its clock was set forward as that of a simulator beside it', () => {
    news.believes(startMs);
    clock.suspend(HOUR_MS);
    expect(news.believes(startMs + HOUR_MS)).toBe(true);
    clock.setWallBy(HOUR_MS);
    expect(news.believes(startMs + 2 * HOUR_MS)).toBe(true);
  });

  it('begins anew with a connection when the one before ended in disbelief', () => {
    news.believes(startMs);
    expect(news.believes(startMs + HOUR_MS)).toBe(false);
    news.beginConnection();
    expect(news.believes(startMs + HOUR_MS)).toBe(true);
  });

  it('goes on with a connection otherwise: one false time is forgotten', () => {
    news.believes(startMs);
    expect(news.believes(startMs + HOUR_MS)).toBe(false);
    expect(news.believes(startMs + 1_000)).toBe(true);
    news.beginConnection();
    expect(news.believes(startMs + HOUR_MS)).toBe(false);
  });
});
