/** The command queue on memory. */
import {
  TAKER_MEMORY_MS,
  type Command,
  type CommandQueue,
  type QueuedCommand,
  type TakeOutcome,
} from '../command-queue';
import { FIRST_STREAM_ID } from '../stream-id';
import type { MemoryStore } from './memory-store';

export class MemoryCommandQueue implements CommandQueue {
  constructor(private readonly world: MemoryStore) {}

  async send(exchangeId: number, command: Command, ttlMs: number): Promise<string> {
    this.world.assertUp('sending a command');
    this.dropExpired(exchangeId);
    const { commands } = this.world.exchange(exchangeId);
    return commands.append(this.world.nowMs, { command, expiresAtMs: this.world.nowMs + ttlMs });
  }

  async take(exchangeId: number, queueId: string, taker: string): Promise<TakeOutcome> {
    this.world.assertUp('taking a command');
    this.dropExpired(exchangeId);
    const { commands, takers } = this.world.exchange(exchangeId);
    if (commands.remove(queueId)) takers.set(queueId, { taker, untilMs: this.world.nowMs + TAKER_MEMORY_MS });
    const known = takers.get(queueId);
    if (known === undefined) return 'gone';
    return known.taker === taker ? 'mine' : 'other';
  }

  follow(exchangeId: number, signal: AbortSignal): AsyncIterable<QueuedCommand> {
    this.dropExpired(exchangeId);
    const { commands } = this.world.exchange(exchangeId);
    const entries = commands.follow(FIRST_STREAM_ID, signal, () => !this.world.down);
    return (async function* () {
      for await (const { id, value } of entries) yield { queueId: id, command: value.command };
    })();
  }

  private dropExpired(exchangeId: number): void {
    const { commands, takers } = this.world.exchange(exchangeId);
    for (const [queueId, { untilMs }] of takers) if (untilMs <= this.world.nowMs) takers.delete(queueId);
    const gone = commands.entries.filter(({ value }) => value.expiresAtMs <= this.world.nowMs);
    for (const { id } of gone) commands.remove(id);
  }
}
