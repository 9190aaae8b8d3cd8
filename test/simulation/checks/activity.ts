/** The activity log: every move exactly once, in each tenure a chain of allowed moves that begins at idle. */
import type { ActivityEntry } from '../../../src/registry/activity';
import { TRANSITIONS, type ConnectionState } from '../../../src/state-machine/connection-state';
import type { SimulatedProcess } from '../simulated-process';
import type { Trace } from '../trace';
import type { Verdict } from '../violation';

interface Tenure {
  state: ConnectionState;
}

export class ActivityCheck {
  readonly #seqs = new Map<string, number>();
  #tenures = new Map<string, Tenure>();
  /** Claims of a log that is gone: their `claimed` may come once more, and opens no tenure. */
  readonly #forgotten = new Set<string>();
  readonly #moves = new Map<string, string[]>();
  readonly #accepted = new Map<string, string>();
  #wasLost = false;
  entries = 0;

  constructor(
    private readonly verdict: Verdict,
    private readonly trace: Trace,
  ) {}

  appended(entry: ActivityEntry): void {
    this.entries += 1;
    const { instanceId, seq, type, from, to, claimId, commandId } = entry;
    const last = this.#seqs.get(instanceId) ?? 0;
    if (seq <= last && !this.#wasLost)
      this.verdict.fail('activity once', `event ${seq} of an instance came after its event ${last}`);
    this.#seqs.set(instanceId, Math.max(seq, last));
    if (type === 'command-accepted' && commandId !== undefined) this.#accepted.set(commandId, instanceId);
    if (/^command-(?:done|refused|failed)$/.test(type) && commandId !== undefined)
      this.#accepted.delete(commandId);
    if (type === 'claimed' && claimId !== null && !this.#forgotten.has(claimId))
      this.#tenures.set(claimId, { state: 'idle' });
    if (type === 'transition' && from !== undefined && to !== undefined) this.#move(entry, from, to);
  }

  /** The log is gone; what was on its way may now come twice. */
  lost(): void {
    this.#wasLost = true;
    for (const claimId of this.#tenures.keys()) this.#forgotten.add(claimId);
    this.#tenures = new Map();
  }

  /** Of a process that has had time to write everything. */
  complete(process: SimulatedProcess): void {
    if (this.#wasLost) return;
    const logged = this.#moves.get(process.instanceId) ?? [];
    if (logged.join() !== process.moves.join())
      this.verdict.fail(
        'activity complete',
        `${process.name} moved ${tail(process.moves)}; the log has ${tail(logged)}`,
      );
    const open = [...this.#accepted].filter(([, instanceId]) => instanceId === process.instanceId).length;
    if (open > 0)
      this.verdict.fail('command answered', `${process.name} left ${open} accepted commands unanswered`);
  }

  #move({ instanceId, claimId }: ActivityEntry, from: ConnectionState, to: ConnectionState): void {
    const moves = this.#moves.get(instanceId) ?? [];
    moves.push(`${from}>${to}`);
    this.#moves.set(instanceId, moves);
    if (!TRANSITIONS[from].includes(to)) this.verdict.fail('activity chain', `${from} to ${to} is no move`);
    const tenure = this.#tenures.get(claimId ?? '');
    if (tenure === undefined) {
      if (!this.#wasLost) this.verdict.fail('activity chain', `${from} to ${to} outside of a tenure`);
      return;
    }
    if (tenure.state !== from)
      this.verdict.fail(
        'activity chain',
        `${this.trace.name('claim-', claimId ?? '')} moved from ${from} to ${to} while it was ${tenure.state}`,
      );
    tenure.state = to;
  }
}

function tail(moves: readonly string[]): string {
  return `[${moves.length > 12 ? '… ' : ''}${moves.slice(-12).join(' ')}]`;
}
