import type { WitnessInterval } from '../../src/exchange/simulator/witness';
import type { HistoryEvent } from './history';
import { checkWitness } from './witness-check';

const visit = (client: string, from: number, to: number | null): WitnessInterval => ({
  client,
  openedAt: from,
  subscribedAt: from,
  closedAt: to,
  from,
  to,
});
const gap = (pid: number, since: number, at: number): HistoryEvent => ({ what: 'gap', pid, since, at });

describe('the check of the witness', () => {
  const find = (intervals: WitnessInterval[], history: HistoryEvent[] = []) =>
    checkWitness(intervals, -1_000, history);

  it('accepts tenures that follow each other, and one that closes a moment late', () => {
    expect(find([visit('1/7', 1_000, 2_000), visit('2/8', 2_000, null)])).toEqual([]);
    expect(find([visit('1/7', 1_000, 2_400), visit('2/8', 2_000, null)])).toEqual([]);
  });

  it('finds a tenure that goes on beside a later one', () => {
    expect(find([visit('1/7', 1_000, 4_000), visit('2/8', 2_000, null)])).toEqual([
      expect.stringMatching(/^witness: process 1 was connected under 7 for 2000 ms .* process 2 under 8/),
    ]);
  });

  it('takes off the time in which its process stood still, and no other', () => {
    const beside = [visit('1/7', 1_000, 4_000), visit('2/8', 2_000, null)];
    expect(find(beside, [gap(1, 500, 2_900)])).toEqual([]);
    expect(find(beside, [gap(2, 500, 2_900)])).toHaveLength(1);
  });

  it('excuses a claim that was robbed', () => {
    const beside = [visit('1/7', 1_000, 4_000), visit('2/8', 2_000, null)];
    const granted: HistoryEvent = { what: 'granted', pid: 1, at: 0, token: 7, claimId: 'a', instanceId: 'i' };
    const robbed: HistoryEvent = { what: 'robbed', pid: 0, at: 900, until: 910 };
    expect(find(beside, [granted, robbed])).toEqual([]);
    expect(find(beside, [granted])).toHaveLength(1);
  });
});
