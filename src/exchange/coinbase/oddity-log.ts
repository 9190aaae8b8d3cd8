/**
 * Tells of odd messages without repeating itself: the first of a kind, and the next no sooner than an hour later. What is told
 * goes into a log of limited length, which a broken feed must not be able to fill.
 */
import type { Clock } from '../../clock';
import { FeedMessageError } from './coinbase.errors';

const SILENT_MS = 3_600_000;
/** Kinds that are told apart; a feed of ever new types must not fill the memory. */
const MAX_KINDS = 50;

export class OddityLog {
  /** When each kind was told; the longest ago comes first. */
  private readonly toldAtMs = new Map<string, number>();

  constructor(
    private readonly clock: Clock,
    private readonly tell: (error: FeedMessageError) => void,
  ) {}

  note(problem: string): void {
    const nowMs = this.clock.read().monotonicMs;
    for (const [kind, atMs] of this.toldAtMs) {
      if (nowMs - atMs < SILENT_MS) break;
      this.toldAtMs.delete(kind);
    }
    if (this.toldAtMs.has(problem) || this.toldAtMs.size >= MAX_KINDS) return;
    this.toldAtMs.set(problem, nowMs);
    this.tell(new FeedMessageError(problem));
  }
}
