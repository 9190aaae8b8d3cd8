import { FakeClock } from '../fake-clock';
import { BulkReads, MAX_WAITING_REQUESTS } from './bulk-reads';
import { PLACES_FOR_OPERATORS } from './places';
import { AT_ONCE, REST_MS } from './turns';

it('refuses a viewer before an operator, both when too many wait, and nobody any more when they have been served', async () => {
  const clock = new FakeClock();
  const reads = new BulkReads(clock);
  const ending: (() => void)[] = [];
  const read = () => new Promise<void>((end) => ending.push(end));
  const isOperator = true;
  const refusal = expect.objectContaining({ code: 'NOT_READY' });
  const taken = Array.from({ length: AT_ONCE + MAX_WAITING_REQUESTS - PLACES_FOR_OPERATORS }, () =>
    reads.take(!isOperator, read),
  );
  await expect(reads.take(!isOperator, read)).rejects.toEqual(refusal);
  for (let place = 0; place < PLACES_FOR_OPERATORS; place += 1) taken.push(reads.take(isOperator, read));
  await expect(reads.take(isOperator, read)).rejects.toEqual(refusal);
  for (let served = 0; served < taken.length; served += AT_ONCE) {
    for (const end of ending.splice(0)) end();
    await clock.advance(REST_MS);
  }
  await Promise.all(taken);
  expect(await reads.take(!isOperator, async () => 'a page')).toBe('a page');
});
