import { FakeClock } from '../fake-clock';
import { AT_ONCE, REST_MS, Turns } from './turns';

let clock: FakeClock;
let turns: Turns;
/** What has begun, in order, and how to end it. */
let begun: { readonly name: number; end(): void; fail(error: Error): void }[];

beforeEach(() => {
  clock = new FakeClock();
  turns = new Turns(clock);
  begun = [];
});

const take = (name: number) =>
  turns.take(() => new Promise<number>((end, fail) => begun.push({ name, end: () => end(name), fail })));
const names = () => begun.map(({ name }) => name);

it('lets few work at the same time, and the others one after the other as they came', async () => {
  const taken = [1, 2, 3, 4, 5].map(take);
  expect(names()).toEqual([1, 2]);
  expect(turns.waiting).toBe(5 - AT_ONCE);
  begun[1]!.end();
  expect(await taken[1]).toBe(2);
  await clock.advance(REST_MS);
  expect(names()).toEqual([1, 2, 3]);
  for (const each of [0, 2]) begun[each]!.end();
  await clock.advance(REST_MS);
  expect(names()).toEqual([1, 2, 3, 4, 5]);
  expect(turns.waiting).toBe(0);
});

it('keeps a place empty for a while after its work, also of those who come then', async () => {
  const [first] = [1, 2].map(take);
  begun[0]!.end();
  await first;
  void take(3);
  await clock.advance(REST_MS - 1);
  expect(names()).toEqual([1, 2]);
  await clock.advance(1);
  expect(names()).toEqual([1, 2, 3]);
});

it('goes on after work that fails', async () => {
  const [first] = [1, 2, 3].map(take);
  const failed = expect(first).rejects.toThrow('no');
  begun[0]!.fail(new Error('no'));
  await failed;
  await clock.advance(REST_MS);
  expect(names()).toEqual([1, 2, 3]);
});

it('has its places free again when nobody waits', async () => {
  for (let round = 0; round < 3; round += 1) {
    const taken = [1, 2].map(take);
    expect(begun).toHaveLength(2);
    for (const work of begun.splice(0)) work.end();
    await Promise.all(taken);
    await clock.advance(REST_MS);
  }
  expect(turns.waiting).toBe(0);
});
