/**
 * The fenced writer on memory. Keeps sorted sets (`ZADD`, the two `ZREMRANGEBY…`) and plain values (`SET`), and
 * lets `DEL` remove either.
 */
import type { ClaimRef } from '../lease-store';
import { checkedDataName } from '../data-name';
import {
  checkCommands,
  type FencedCommand,
  type FencedWriteOutcome,
  type FencedWriter,
} from '../fenced-writer';
import { StoreUnavailableError } from '../registry.errors';
import type { MemoryExchange } from './memory-exchange';
import { fenceCarries } from './memory-standing';
import type { MemoryStore } from './memory-store';

export class MemoryFencedWriter implements FencedWriter {
  constructor(private readonly world: MemoryStore) {}

  async write(claim: ClaimRef, commands: readonly FencedCommand[]): Promise<FencedWriteOutcome> {
    checkCommands(commands);
    if (this.world.down) return unknown('the memory store is switched off');
    const exchange = this.world.exchange(claim.exchangeId);
    if (!fenceCarries(exchange, claim) || exchange.fence?.ended !== 'held') {
      return { outcome: 'fenced-out', fencingToken: exchange.fence?.fencingToken ?? null };
    }
    for (const command of commands) execute(exchange, command);
    return { outcome: 'written' };
  }

  async readNewest(exchangeId: number, key: string, count: number) {
    const name = checkedDataName(key);
    this.world.assertUp('reading a series');
    const series = sorted(this.world.exchange(exchangeId).series.get(name) ?? new Map());
    return count > 0 ? series.slice(-count) : [];
  }
}

function unknown(reason: string): FencedWriteOutcome {
  return { outcome: 'unknown', error: new StoreUnavailableError('a fenced write', reason) };
}

function sorted(series: ReadonlyMap<string, number>): { score: number; member: string }[] {
  const points = [...series].map(([member, score]) => ({ score, member }));
  return points.sort((a, b) => a.score - b.score || (a.member < b.member ? -1 : 1));
}

function execute(exchange: MemoryExchange, { name, key, args }: FencedCommand): void {
  const series = exchange.series.get(key) ?? new Map<string, number>();
  if (name === 'SET') exchange.values.set(key, String(args[0]));
  if (name === 'DEL') {
    exchange.values.delete(key);
    exchange.series.delete(key);
  }
  if (name === 'ZADD') {
    for (let at = 0; at + 1 < args.length; at += 2) series.set(String(args[at + 1]), Number(args[at]));
    exchange.series.set(key, series);
  }
  if (name === 'ZREMRANGEBYSCORE') {
    const [from, to] = [bound(args[0]), bound(args[1])];
    for (const [member, score] of series)
      if (from.admitsAbove(score) && to.admitsBelow(score)) series.delete(member);
  }
  if (name === 'ZREMRANGEBYRANK') {
    const points = sorted(series);
    const place = (rank: number) => (rank < 0 ? points.length + rank : rank);
    const doomed = points.slice(Math.max(0, place(Number(args[0]))), Math.max(0, place(Number(args[1])) + 1));
    for (const { member } of doomed) series.delete(member);
  }
}

/** `5`, `(5` for an open end, `-inf`, `+inf`: as Redis writes the ends of a range of scores. */
function bound(text: string | number | undefined) {
  const isOpen = String(text).startsWith('(');
  const at = Number(String(text).replace('(', '').replace('inf', 'Infinity'));
  return {
    admitsAbove: (score: number) => (isOpen ? score > at : score >= at),
    admitsBelow: (score: number) => (isOpen ? score < at : score <= at),
  };
}
