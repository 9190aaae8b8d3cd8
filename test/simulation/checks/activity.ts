/**
 * The activity log: every move exactly once, in each tenure a chain of allowed moves that begins at idle.
 *
 * A log that is gone may get what it once had a second time, from whoever has not heard that it had it: the same event, which is
 * then passed over. A claim whose answer was lost may be granted once more then, under the token that the store gives it now; and one that was
 * given up, whose number is then missing, may arrive late. Where another server's log is read from then on, or another server takes
 * entries at the moment, each instance may lack once what it told that one. Nothing else is excused by a loss.
 *
 * That a claim was given back is written when its key is gone, not before: whoever waits for it claims at once. A claim of before a
 * loss may be back all the same.
 */
import { isDeepStrictEqual } from 'node:util';
import type { ActivityEntry } from '../../../src/registry/activity';
import { TRANSITIONS, type ConnectionState } from '../../../src/state-machine/connection-state';
import type { SimulatedProcess } from '../simulated-process';
import type { Trace } from '../trace';
import type { Verdict } from '../violation';

interface Tenure {
  state: ConnectionState;
}

/** What one instance has logged. */
class Logged {
  readonly events = new Map<number, ActivityEntry>();
  readonly moves: string[] = [];
  last = 0;
  /** The last one in the present log. */
  lastHere = 0;
  /** Some may have been in a log that is gone, unseen by us, since its last claim that we know of. */
  isIncomplete = false;
  /** Another server may have taken some of its events, which the log that is read now never gets: once, since that was last seen. */
  mayLack = false;
}

export class ActivityCheck {
  readonly #instances = new Map<string, Logged>();
  readonly #tenures = new Map<string, Tenure>();
  readonly #accepted = new Map<string, string>();
  #isAfterLoss = false;
  /** Claims of before a loss: what is left of them may be put back. */
  readonly #mayBeBack = new Set<string>();
  entries = 0;

  constructor(
    private readonly verdict: Verdict,
    private readonly trace: Trace,
    /** Whether each entry is seen as it is written; or else what is lost before the next look never is. */
    private readonly seesAll = true,
  ) {}

  /** `standing`: the claim under the status key now, where that is known at the moment of the entry. */
  appended(entry: ActivityEntry, standing: string | null = null): void {
    this.entries += 1;
    if (
      entry.type === 'released' &&
      standing !== null &&
      entry.claimId === standing &&
      !this.#mayBeBack.has(standing)
    )
      this.verdict.fail('release told', 'a claim was said to be given back while it stood in the status key');
    const { instanceId, seq, type, from, to, claimId, commandId } = entry;
    const logged = this.#instances.get(instanceId) ?? new Logged();
    this.#instances.set(instanceId, logged);
    const { last, lastHere } = logged;
    if (seq <= lastHere)
      this.verdict.fail('activity once', `event ${seq} of an instance came after its event ${lastHere}`);
    logged.lastHere = Math.max(seq, lastHere);
    if ((lastHere === 0 || logged.mayLack) && seq > last + 1) {
      logged.isIncomplete = this.#isAfterLoss && !this.seesAll;
      logged.mayLack = false;
    }
    if (seq <= last) return this.#again(entry, logged);
    logged.last = seq;
    logged.events.set(seq, entry);
    if (type === 'command-accepted' && commandId !== undefined) this.#accepted.set(commandId, instanceId);
    if (/^command-(?:done|refused|failed)$/.test(type) && commandId !== undefined)
      this.#accepted.delete(commandId);
    if (type === 'claimed' && claimId !== null) {
      this.#tenures.set(claimId, { state: 'idle' });
      logged.isIncomplete = false;
    }
    if (type === 'transition' && from !== undefined && to !== undefined) this.#move(entry, logged, from, to);
  }

  /** The log is gone; what it had may come once more. */
  lost(): void {
    this.#isAfterLoss = true;
    for (const claimId of this.#tenures.keys()) this.#mayBeBack.add(claimId);
    for (const logged of this.#instances.values()) logged.lastHere = 0;
  }

  /** Another server's log is read from now on. */
  moved(): void {
    this.lost();
    this.split();
  }

  /** Another server takes entries too, now. */
  split(): void {
    this.#isAfterLoss = true;
    for (const logged of this.#instances.values()) logged.mayLack = true;
  }

  /** Of a process that has had time to write everything. */
  complete(process: SimulatedProcess): void {
    const logged = this.#instances.get(process.instanceId)?.moves ?? [];
    if (logged.join() !== process.moves.join())
      this.verdict.fail(
        'activity complete',
        `${process.name} moved ${tail(process.moves)}; the log has ${tail(logged)}`,
      );
    const open = [...this.#accepted].filter(([, instanceId]) => instanceId === process.instanceId).length;
    if (open > 0)
      this.verdict.fail('command answered', `${process.name} left ${open} accepted commands unanswered`);
  }

  /** It was in a log that is gone, where it had another place. */
  #again(entry: ActivityEntry, { events }: Logged): void {
    const { seq, type, claimId } = entry;
    const former = events.get(seq);
    if (former === undefined && type === 'claimed' && claimId !== null) {
      events.set(seq, entry);
      return void this.#tenures.set(claimId, { state: 'idle' });
    }
    if (former !== undefined && isSameEnd(entry, former)) return;
    if (former === undefined || !isDeepStrictEqual(asSent(entry), asSent(former)))
      this.verdict.fail(
        'activity once',
        `event ${seq} of an instance came again as ${JSON.stringify(entry)}; it was ${JSON.stringify(former)}`,
      );
  }

  #move({ claimId }: ActivityEntry, logged: Logged, from: ConnectionState, to: ConnectionState): void {
    logged.moves.push(`${from}>${to}`);
    if (!TRANSITIONS[from].includes(to)) this.verdict.fail('activity chain', `${from} to ${to} is no move`);
    if (logged.isIncomplete && claimId !== null) {
      logged.isIncomplete = false;
      return void this.#tenures.set(claimId, { state: to });
    }
    const tenure = this.#tenures.get(claimId ?? '');
    if (tenure === undefined)
      return this.verdict.fail('activity chain', `${from} to ${to} outside of a tenure`);
    if (tenure.state !== from)
      this.verdict.fail(
        'activity chain',
        `${this.trace.name('claim-', claimId ?? '')} moved from ${from} to ${to} while it was ${tenure.state}`,
      );
    tenure.state = to;
  }
}

/** Without what the store adds: its place, and to a claim its token and who was before. */
function asSent({ id: _id, ...entry }: ActivityEntry): object {
  if (entry.type !== 'claimed') return entry;
  const { fencingToken: _token, predecessor: _predecessor, ...sent } = entry;
  return sent;
}

const ENDS: ReadonlySet<string> = new Set(['released', 'lost']);

/** The end of a claim whose release nobody answered is one event under two names: whichever comes first to a log stands there. */
function isSameEnd(one: ActivityEntry, other: ActivityEntry): boolean {
  return ENDS.has(one.type) && ENDS.has(other.type) && one.claimId === other.claimId;
}

function tail(moves: readonly string[]): string {
  return `[${moves.length > 12 ? '… ' : ''}${moves.slice(-12).join(' ')}]`;
}
