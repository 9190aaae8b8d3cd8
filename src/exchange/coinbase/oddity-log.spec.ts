import { FakeClock } from '../../fake-clock';
import { OddityLog } from './oddity-log';

describe('the log of oddities', () => {
  let clock: FakeClock;
  let told: string[];
  let log: OddityLog;

  beforeEach(() => {
    clock = new FakeClock();
    told = [];
    log = new OddityLog(clock, ({ problem }) => told.push(problem));
  });

  it('tells of each kind once', () => {
    for (let time = 0; time < 1_000; time++) log.note(`kind ${time % 2}`);
    expect(told).toEqual(['kind 0', 'kind 1']);
  });

  it('tells of a kind again after an hour', async () => {
    log.note('a kind');
    await clock.advance(3_599_999);
    log.note('another');
    log.note('a kind');
    expect(told).toEqual(['a kind', 'another']);
    await clock.advance(1);
    log.note('another');
    log.note('a kind');
    expect(told).toEqual(['a kind', 'another', 'a kind']);
  });

  it('tells of fifty kinds an hour at most', async () => {
    for (let kind = 0; kind < 1_000; kind++) log.note(`kind ${kind}`);
    expect(told).toHaveLength(50);
    await clock.advance(3_600_000);
    log.note('one more');
    expect(told).toHaveLength(51);
  });
});
