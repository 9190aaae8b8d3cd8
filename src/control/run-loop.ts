/**
 * Carries out one request to work on an exchange: claims it, or waits for it, works, and begins again where the request says so.
 *
 * - A plain start tries once; whatever ends the run ends the loop.
 * - Under `standby` an exchange that is taken is waited for, and a lost claim is waited for again.
 * - Under `autostart` a failed run and an unreachable store are tried again after growing, jittered delays.
 *
 * Does not decide who may request what (exchange-runner.ts), nor how a run ends (registry/tenure.ts).
 */
import { Logger } from '@nestjs/common';
import { linkedAbort } from '../abort';
import { delay, elapsedMs, type Clock } from '../clock';
import { codeOf, messageOf, publicMessageOf, type ErrorCode } from '../errors';
import { Backoff } from '../exchange/backoff';
import type { CatalogueEntry } from '../exchange/catalogue';
import {
  ClaimAbortedError,
  ClaimDeferredError,
  ExchangeTakenError,
  ReplicasMissingError,
  StatusPoisonedError,
  StoreUnavailableError,
} from '../registry/registry.errors';
import { LONGEST_WAIT_MS, type Standby, type StandbyWatch } from '../registry/standby';
import type { EndReason } from '../registry/tenure';
import type { Waiting } from '../state-machine/legacy-state';
import type { Initiator } from '../state-machine/transition';
import { ExchangeRun, type RunEnd, type RunServices } from './exchange-run';

/** A run that was active and lasted this long has earned a quick restart. */
const STEADY_MS = 60_000;

export interface RunRequest extends Initiator {
  readonly entry: CatalogueEntry;
  readonly standby: boolean;
  readonly autostart: boolean;
}

export class RunLoop {
  readonly #logger = new Logger(RunLoop.name);
  readonly #abort = new AbortController();
  readonly #backoff: Backoff;
  #current: ExchangeRun | null = null;
  #waiting: Waiting | null = null;
  #lastReported: string | null = null;
  #isDecided = false;
  #decide!: { resolve: () => void; reject: (error: unknown) => void };
  /** Settles once it is clear whether the request can be followed: started, waiting, or refused with the reason. */
  readonly decided = new Promise<void>((resolve, reject) => {
    this.#decide = { resolve, reject };
  }).finally(() => {
    this.#isDecided = true;
  });
  /** Resolves when the loop is over; rejects with what ended it if that is an error nobody has been told of. */
  readonly finished: Promise<void>;

  constructor(
    readonly request: RunRequest,
    private readonly services: RunServices,
    private readonly standby: Standby,
    private readonly clock: Clock,
    random: () => number,
  ) {
    this.#backoff = new Backoff({ baseMs: 1_000, capMs: 60_000, random });
    this.finished = this.#loop();
    this.decided.catch(() => undefined);
    this.finished.catch((error: unknown) => this.#decide.reject(error));
  }

  /** Whether whoever requested it has been answered. */
  get isDecided(): boolean {
    return this.#isDecided;
  }

  /** The run under way, `null` while claiming or waiting. */
  get current(): ExchangeRun | null {
    return this.#current;
  }

  /** Why nothing runs although it is requested, and until when; `null` while something runs or is tried for the first time. */
  get waiting(): Waiting | null {
    return this.#waiting;
  }

  /** Waiting because the request is to wait. */
  get isStandby(): boolean {
    return this.request.standby && this.#waiting !== null;
  }

  /** Ends whatever is going on, in order; resolves when it has ended. */
  async stop(reason: EndReason): Promise<void> {
    this.#abort.abort();
    await this.services.registry.deregister(reason);
    await this.finished.catch(() => undefined);
  }

  async #loop(): Promise<void> {
    for (;;) {
      const run = await this.#claim();
      if (run === null) return this.#decide.reject(new ClaimAbortedError(this.request.entry));
      this.#current = run;
      const begunAt = this.clock.read();
      const end = await run.work(() => this.#decide.resolve());
      this.#current = null;
      // Not resolved before: `starting` was never confirmed.
      this.#decide.reject('error' in end ? end.error : new ClaimAbortedError(this.request.entry));
      if (run.becameActive && elapsedMs(begunAt, this.clock.read()) >= STEADY_MS) this.#backoff.reset();
      if (this.#abort.signal.aborted || end.kind === 'stopped') return;
      if (!this.request.autostart && !(end.kind === 'lost' && this.request.standby)) return;
      await this.#restBeforeNextRun(this.#backoff.nextMs(), end);
    }
  }

  /** The run that has claimed the exchange; `null` when the request was withdrawn meanwhile. */
  async #claim(): Promise<ExchangeRun | null> {
    const { entry, standby } = this.request;
    const over = linkedAbort(this.#abort.signal);
    const { signal } = over;
    const watch = standby ? await this.standby.watch(entry.id, signal) : null;
    try {
      while (!signal.aborted) {
        const run = new ExchangeRun(entry, this.services, this.request);
        try {
          await run.claim(signal);
          this.#lastReported = null;
          return run;
        } catch (error) {
          if (signal.aborted) return null;
          await this.#waitAfter(error, watch);
        }
      }
      return null;
    } finally {
      this.#waiting = null;
      over.abort();
      over.unlink();
    }
  }

  /** Waits until a claim that failed like this is worth repeating. Throws `error` if it is not. */
  async #waitAfter(error: unknown, watch: StandbyWatch | null): Promise<void> {
    const retryAfterMs = this.#retryAfterMs(error);
    if (retryAfterMs === null) throw error;
    const waitMs = Math.min(retryAfterMs, LONGEST_WAIT_MS);
    this.#showWaiting(waitMs, codeOf(error), situationOf(error));
    this.#decide.resolve();
    this.#logOnce(error, waitMs);
    // Every standby claims in vain while replicas are missing: woken by each other's endings they would do nothing else.
    const isWoken = watch !== null && !(error instanceof ReplicasMissingError);
    await (isWoken ? watch.next(waitMs) : delay(this.clock, waitMs, this.#abort.signal)).catch(
      () => undefined,
    );
  }

  #showWaiting(waitMs: number, code: ErrorCode, message: string): void {
    const until = new Date(this.clock.read().wallMs + waitMs).toISOString();
    this.#waiting = { code, message: publicMessageOf(message), until };
  }

  /** One line for each thing waited for, not one for each try. */
  #logOnce(error: unknown, waitMs: number): void {
    const key = reportKeyOf(error);
    if (key === this.#lastReported) return;
    this.#lastReported = key;
    this.#logger.warn({
      msg: `waiting: ${situationOf(error)}`,
      exchange: this.request.entry.name,
      instance: this.services.registry.instanceId,
      state: 'idle',
      nextTryInMs: Math.round(waitMs),
    });
  }

  /** How long to wait before a claim that failed like this is repeated; `null`: it is not worth repeating. */
  #retryAfterMs(error: unknown): number | null {
    const { standby, autostart } = this.request;
    if (error instanceof ExchangeTakenError && !this.#isOwn(error))
      return standby ? error.holder.expiresInMs : null;
    if (!standby && !autostart) return null;
    if (error instanceof ExchangeTakenError) return error.holder.expiresInMs;
    if (error instanceof ClaimDeferredError) return error.retryAfterMs;
    if (error instanceof StatusPoisonedError) return error.found.expiresInMs;
    if (error instanceof StoreUnavailableError || error instanceof ReplicasMissingError)
      return this.#backoff.nextMs();
    return null;
  }

  /** Taken by a claim of this very instance that was left to expire. */
  #isOwn({ holder: { reading } }: ExchangeTakenError): boolean {
    return reading.kind === 'status' && reading.status.instanceId === this.services.registry.instanceId;
  }

  async #restBeforeNextRun(waitMs: number, end: Exclude<RunEnd, { kind: 'stopped' }>): Promise<void> {
    this.#showWaiting(waitMs, codeOf(end.error), `The run ended (${end.kind}): ${messageOf(end.error)}`);
    this.#logger.warn({
      msg: `run ended (${end.kind}); beginning again`,
      exchange: this.request.entry.name,
      instance: this.services.registry.instanceId,
      nextTryInMs: waitMs,
    });
    await delay(this.clock, waitMs, this.#abort.signal).catch(() => undefined);
  }
}

/** What is the case, without the advice for somebody who has not decided to wait. */
function situationOf(error: unknown): string {
  return error instanceof ExchangeTakenError ? error.situation : messageOf(error);
}

/** The same for as long as the same thing is waited for: without the time that is left, which is another one at each try. */
function reportKeyOf(error: unknown): string {
  if (error instanceof ExchangeTakenError) return holderOf(error);
  if (error instanceof ClaimDeferredError) return `${error.code} ${error.reason}`;
  return error instanceof StatusPoisonedError ? error.code : messageOf(error);
}

function holderOf({ holder: { reading } }: ExchangeTakenError): string {
  if (reading.kind === 'garbage') return reading.problem;
  return reading.kind === 'status' ? reading.status.claimId : reading.holder.instanceId;
}
