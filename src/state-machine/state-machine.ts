/**
 * The one writer of the state of this instance.
 *
 * Decides the order of moves: steps towards work wait for their confirmation and for each other; steps away from
 * work happen at once and overtake a step that still waits. What an overtaken step leaves in the store cannot
 * be known, so it counts as taken: the log stays a chain of allowed moves.
 */
import { Injectable, Logger } from '@nestjs/common';
import { SystemClock, type Clock } from '../clock';
import { isTowardsWork, type ConnectionState } from './connection-state';
import { canTransition } from './guards';
import { NO_FACTS, toRuntimeState, type RuntimeFacts, type RuntimeState } from './legacy-state';
import { TransitionSupersededError } from './state-machine.errors';
import {
  INITIAL_SNAPSHOT,
  transition,
  type Initiator,
  type MachineEvent,
  type Snapshot,
  type Step,
  type Transition,
} from './transition';
import { NO_RECORDER, type TransitionRecorder } from './transition-recorder';

/** Who asks for a move, and why. */
export interface MoveReason extends Initiator {
  /** The failure that makes it necessary. */
  readonly error?: string | null;
}

const BY_SYSTEM: MoveReason = { actor: 'system', cause: 'application' };

interface PendingStep {
  readonly step: Step;
  readonly overtaken: AbortController;
}

@Injectable()
export class StateMachine {
  readonly #logger = new Logger(StateMachine.name);
  #snapshot: Snapshot = INITIAL_SNAPSHOT;
  #recorder: TransitionRecorder = NO_RECORDER;
  #facts: () => RuntimeFacts = () => NO_FACTS;
  #pending: PendingStep | null = null;
  #queue: Promise<unknown> = Promise.resolve();
  readonly #listeners = new Set<(snapshot: Snapshot) => void>();

  constructor(private readonly clock: Pick<Clock, 'read'> = new SystemClock()) {}

  get currentState(): ConnectionState {
    return this.#snapshot.state;
  }

  get snapshot(): Snapshot {
    return this.#snapshot;
  }

  /** Whether an orderly stop is possible from here, or from where a step that still waits leads. */
  get canStop(): boolean {
    return canTransition(this.#pending?.step.snapshot.state ?? this.currentState, 'stopping');
  }

  /** Whether a failure may go straight to idle: only while starting or warming, with no step under way. */
  get canRecover(): boolean {
    return (
      this.#pending === null && this.currentState !== 'stopped' && canTransition(this.currentState, 'idle')
    );
  }

  /** The last 50 moves, oldest first. */
  get history(): readonly Transition[] {
    return this.#snapshot.history;
  }

  /**
   * Moves to another state. A step towards work resolves once the store has confirmed it; a step away from work has
   * happened when the call returns. Rejects with `IllegalTransitionError`, `TransitionSupersededError`, or what
   * the recorder says (`LeaseLostError`); the state is then unchanged by this call.
   */
  transition(to: ConnectionState, reason: MoveReason = BY_SYSTEM): Promise<Transition> {
    if (!isTowardsWork(to)) return attempt(() => this.#moveAway(to, reason));
    const moved = this.#queue.then(() => this.#moveTowards(to, reason));
    this.#queue = moved.catch(() => undefined);
    return moved;
  }

  /** Marks the workload as resting. Throws `IllegalPauseError` unless active and not paused. */
  pause(reason: MoveReason = BY_SYSTEM): void {
    this.#changePause({ type: 'pause' }, reason);
  }

  /** Throws `IllegalPauseError` unless active and paused. */
  resume(reason: MoveReason = BY_SYSTEM): void {
    this.#changePause({ type: 'resume' }, reason);
  }

  /** The view of the existing ControlPanel. */
  getRuntimeState(): RuntimeState {
    return toRuntimeState(this.#snapshot, this.#facts());
  }

  /** Says where moves are published. The registry calls it once; without it moves stay in this process. */
  useRecorder(recorder: TransitionRecorder): void {
    this.#recorder = recorder;
  }

  /** What is known of the run beside its state. */
  get facts(): RuntimeFacts {
    return this.#facts();
  }

  /** Says where `getRuntimeState` and `facts` get the facts that are not the machine's own. */
  useFacts(facts: () => RuntimeFacts): void {
    this.#facts = facts;
  }

  /** Calls `listener` after every change, synchronously. Returns the way to stop it. */
  onChange(listener: (snapshot: Snapshot) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async #moveTowards(to: ConnectionState, reason: MoveReason): Promise<Transition> {
    const step = this.#step(to, reason);
    this.#recorder.admit(to);
    const pending: PendingStep = { step, overtaken: new AbortController() };
    const { signal } = pending.overtaken;
    this.#pending = pending;
    try {
      await Promise.race([this.#recorder.confirm(made(step), step.snapshot, signal), aborted(signal)]);
      signal.throwIfAborted();
      this.#pending = null;
      this.#commit(step.snapshot);
      return made(step);
    } finally {
      if (this.#pending === pending) this.#pending = null;
    }
  }

  #moveAway(to: ConnectionState, reason: MoveReason): Transition {
    const pending = this.#pending;
    if (pending !== null) {
      // Checked before anything changes: an illegal request must not cost the waiting step.
      const after = transition(pending.step.snapshot, this.#moveEvent(to, reason));
      this.#pending = null;
      this.#commit(pending.step.snapshot);
      pending.overtaken.abort(new TransitionSupersededError(pending.step.snapshot.state, to));
      return this.#away(after);
    }
    return this.#away(this.#step(to, reason));
  }

  #away(step: Step): Transition {
    this.#commit(step.snapshot);
    this.#recorder.record(made(step), step.snapshot);
    return made(step);
  }

  #changePause(event: MachineEvent, reason: MoveReason): void {
    const step = transition(this.#snapshot, event);
    this.#commit(step.snapshot);
    this.#recorder.recordPause(step.snapshot, reason);
  }

  #step(to: ConnectionState, reason: MoveReason): Step {
    return transition(this.#snapshot, this.#moveEvent(to, reason));
  }

  #moveEvent(to: ConnectionState, { actor, cause, error = null }: MoveReason): MachineEvent {
    const at = new Date(this.clock.read().wallMs).toISOString();
    return { type: 'move', to, at, actor, cause, error };
  }

  #commit(snapshot: Snapshot): void {
    this.#snapshot = snapshot;
    for (const listener of this.#listeners) this.#tell(listener, snapshot);
  }

  /** A listener that fails must not keep a move from being recorded. */
  #tell(listener: (snapshot: Snapshot) => void, snapshot: Snapshot): void {
    try {
      listener(snapshot);
    } catch (error) {
      this.#logger.error({
        msg: 'a listener for changes of the state failed',
        state: snapshot.state,
        err: error,
      });
    }
  }
}

function made(step: Step): Transition {
  const effect = step.effects.find((candidate) => 'transition' in candidate);
  if (effect === undefined || !('transition' in effect))
    throw new TypeError('a move has exactly one transition');
  return effect.transition;
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}

async function attempt<T>(action: () => T): Promise<T> {
  return action();
}
