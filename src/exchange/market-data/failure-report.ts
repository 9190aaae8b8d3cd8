/**
 * Tells of failures without filling the log, which is of limited length: of each kind twenty at once, and then, as long as they go
 * on, one in five minutes, with how many were left out before it. Kinds are the classes of the errors. For what an outage repeats without
 * end; what must not get lost, such as a sum, is told elsewhere (`LossReport`).
 */
import type { Clock } from '../../clock';
import { FailuresLeftOutError } from './market-data.errors';

const AT_ONCE = 20;
const THEN_EVERY_MS = 300_000;

interface Kind {
  /** How many may be told now, with fractions. */
  allowance: number;
  readAtMs: number;
  leftOut: number;
}

export class FailureReport {
  private readonly kinds = new Map<unknown, Kind>();

  constructor(
    private readonly clock: Clock,
    private readonly tell: (error: unknown) => void,
  ) {}

  note(error: unknown): void {
    const kind = this.kindOf(error instanceof Error ? error.constructor : null);
    if (kind.allowance < 1) {
      kind.leftOut += 1;
      return;
    }
    kind.allowance -= 1;
    if (kind.leftOut > 0) this.tell(new FailuresLeftOutError(kind.leftOut));
    kind.leftOut = 0;
    this.tell(error);
  }

  private kindOf(key: unknown): Kind {
    const nowMs = this.clock.read().monotonicMs;
    const kind = this.kinds.get(key) ?? { allowance: AT_ONCE, readAtMs: nowMs, leftOut: 0 };
    kind.allowance = Math.min(AT_ONCE, kind.allowance + (nowMs - kind.readAtMs) / THEN_EVERY_MS);
    kind.readAtMs = nowMs;
    this.kinds.set(key, kind);
    return kind;
  }
}
