/**
 * The faults that are switched on now, and when each ends by itself.
 *
 * Decides whether a fault applies at this moment. Does not know what a fault does to the feed or to an answer.
 */
import { type Fault, FAULT_SHAPES, type FaultInput, type FaultKind, type FaultOf } from './fault.schema';

/** More faults than anybody can follow: the oldest gives way, so that a loop cannot fill the memory. */
const MAX_FAULTS = 1_000;

/** A fault that is switched on, as `GET /faults` shows it. */
export interface ActiveFault {
  readonly id: number;
  readonly fault: Fault;
  /** Unix milliseconds. */
  readonly since: number;
  /** When it ends unused; `null` when only its count ends it. */
  readonly until: number | null;
  /** Uses it still has; `null` when only time ends it. */
  readonly usesLeft: number | null;
}

export class FaultPlan {
  private active: ActiveFault[] = [];
  private lastId = 0;

  constructor(private readonly now: () => number) {}

  /** Switches a fault on. Throws a `ZodError` for a fault that does not exist. */
  add(input: FaultInput): ActiveFault {
    const fault: Fault = FAULT_SHAPES[input.kind].parse(input);
    const since = this.now();
    const count = 'count' in fault ? (fault.count ?? null) : null;
    const added: ActiveFault = {
      id: ++this.lastId,
      fault,
      since,
      until: fault.forMs === undefined ? null : since + fault.forMs,
      usesLeft: count === null && fault.forMs === undefined ? 1 : count,
    };
    this.active = [...this.list().slice(1 - MAX_FAULTS), added];
    return added;
  }

  /** Looks for a fault of this kind that applies to `product`, without using it up. The oldest comes first. */
  peek<K extends FaultKind>(kind: K, product?: string): FaultOf<K> | undefined {
    return this.find(kind, product)?.fault as FaultOf<K> | undefined;
  }

  /**
   * Uses a fault of this kind once, if one applies. A fault with a product applies to that product alone, never
   * to something that concerns no product.
   */
  take<K extends FaultKind>(
    kind: K,
    product?: string,
    applies: (fault: FaultOf<K>) => boolean = () => true,
  ): FaultOf<K> | undefined {
    const found = this.find(kind, product, applies);
    if (found === undefined) return undefined;
    if (found.usesLeft !== null) {
      const used = { ...found, usesLeft: found.usesLeft - 1 };
      this.active = this.active
        .map((candidate) => (candidate === found ? used : candidate))
        .filter((candidate) => candidate.usesLeft !== 0);
    }
    return found.fault as FaultOf<K>;
  }

  /** What is switched on, oldest first; what has ended is gone. */
  list(): readonly ActiveFault[] {
    if (this.active.length === 0) return this.active;
    const now = this.now();
    this.active = this.active.filter(({ until }) => until === null || now < until);
    return this.active;
  }

  /** Switches everything off. */
  clear(): void {
    this.active = [];
  }

  private find<K extends FaultKind>(
    kind: K,
    product: string | undefined,
    applies: (fault: FaultOf<K>) => boolean = () => true,
  ): ActiveFault | undefined {
    return this.list().find(
      ({ fault }) =>
        fault.kind === kind &&
        (fault.product === undefined || fault.product === product) &&
        applies(fault as FaultOf<K>),
    );
  }
}
