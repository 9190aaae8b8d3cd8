/** The planted bugs (test/verification/planted-bugs.ts), in a simulated world. The product has no switch for them. */
import type { FencedWriter } from '../../src/registry/fenced-writer';
import { ActivityType } from '../../src/registry/activity';
import { Claimant } from '../../src/registry/claimant';
import { InstanceRegistry } from '../../src/registry/instance-registry';
import { Journal } from '../../src/registry/journal';
import { HeldLease } from '../../src/registry/lease';
import type {
  ClaimRequest,
  LeaseStore,
  ReleaseRequest,
  RenewRequest,
  WriteRequest,
} from '../../src/registry/lease-store';
import type { MemoryStore } from '../../src/registry/memory';
import { statusText } from '../../src/registry/status-text';
import type { Breaking } from '../verification/hunt';
import type { PlantedBugName } from '../verification/planted-bugs';
import type { PlantedBug } from './planted-bug';
import type { StoreParts } from './store-server';

/** Replaces a method of a class; returns the way to put it back. */
export function override<T extends object, K extends keyof T>(
  type: { prototype: T },
  name: K,
  make: (original: T[K]) => T[K],
) {
  const original = type.prototype[name];
  type.prototype[name] = make(original);
  return () => void (type.prototype[name] = original);
}

/** Replaces operations of the lease store. */
export function leases(change: (memory: MemoryStore, leases: LeaseStore) => Partial<LeaseStore>) {
  return (memory: MemoryStore, parts: StoreParts): StoreParts => {
    const { leases: sound } = parts;
    const bound: LeaseStore = {
      claim: (request) => sound.claim(request),
      renew: (requests) => sound.renew(requests),
      write: (request) => sound.write(request),
      release: (request) => sound.release(request),
      append: (request) => sound.append(request),
      revoke: (request) => sound.revoke(request),
      read: (ids) => sound.read(ids),
    };
    return { ...parts, leases: { ...bound, ...change(memory, sound) } };
  };
}

/** The clock that a lease was given. */
function clockOf(lease: HeldLease) {
  return Reflect.get(lease, 'clock') as ConstructorParameters<typeof HeldLease>[2];
}

function patchAll(...patches: (() => () => void)[]) {
  return () => {
    const undo = patches.map((patch) => patch());
    return () => undo.forEach((unpatch) => unpatch());
  };
}

/** A renewal that puts its claim into the key without asking, where `applies` says so of the key being there or not. */
export function unasked(applies: (isThere: boolean) => boolean) {
  return leases((memory, sound) => ({
    renew: async (requests: readonly RenewRequest[]) => {
      const isForced = requests.map(({ exchangeId }) => applies(memory.exchange(exchangeId).status !== null));
      requests.forEach(({ exchangeId, status, ttlMs }, at) => {
        if (isForced[at] === true) memory.exchange(exchangeId).setText(statusText(status), ttlMs);
      });
      const outcomes = await sound.renew(requests);
      return outcomes.map((outcome, at) =>
        outcome.outcome === 'lost' && isForced[at] === true
          ? { outcome: 'renewed', storeTimeMs: memory.nowMs, healed: false, loggedSeq: outcome.loggedSeq }
          : outcome,
      );
    },
  }));
}

/** Carries out whatever comes, as if the writer's claim were the newest. */
function unguarded(memory: MemoryStore, parts: StoreParts): StoreParts {
  const writer: FencedWriter = {
    write: (claim, commands) => {
      const exchange = memory.exchange(claim.exchangeId);
      const { fence } = exchange;
      const { fencingToken, claimId, instanceId } = claim;
      exchange.fence = { fencingToken, claimId, instanceId, ended: 'held', untilMs: 0, runId: memory.runId };
      const outcome = parts.writer.write(claim, commands);
      exchange.fence = fence;
      return outcome;
    },
    readNewest: (...wanted) => parts.writer.readNewest(...wanted),
  };
  return { ...parts, writer };
}

/**
 * Of a TTL: what the grace that is too short lacks. The proof ends a margin before the TTL, so that less than the margin breaks
 * nothing; this is as little as the worlds of a hunt find.
 */
const CUT_SHORT = 0.4;

export const SIMULATED_BUGS = {
  'deadline-from-reply': {
    breaks: ['exclusion', 'deadline'],
    patch: patchAll(
      () =>
        override(
          HeldLease,
          'extend',
          (original) =>
            function (this: HeldLease) {
              return original.call(this, clockOf(this).read());
            },
        ),
      () =>
        override(
          Claimant,
          'claim',
          (original) =>
            async function (this: Claimant, ...args) {
              const claimed = await original.apply(this, args);
              return {
                ...claimed,
                sentAt: (Reflect.get(this, 'clock') as ReturnType<typeof clockOf>).read(),
              };
            },
        ),
    ),
  },
  'blind-renewal': { store: unasked(() => true), breaks: ['exclusion', 'release order'] },
  'overwriting-renewal': { store: unasked((isThere) => isThere), breaks: ['exclusion', 'release order'] },
  'blind-release': {
    breaks: ['exclusion'],
    store: leases((memory, sound) => ({
      release: (request: ReleaseRequest) => {
        memory.dropStatus(request.exchangeId);
        return sound.release(request);
      },
    })),
  },
  'status-without-ttl': {
    breaks: ['status TTL'],
    store: leases((memory, sound) => ({
      write: async (request: WriteRequest) => {
        const outcome = await sound.write(request);
        if (memory.exchange(request.exchangeId).status === null)
          memory.putStatus(request.exchangeId, statusText(request.status), null);
        return outcome;
      },
    })),
  },
  'same-host-is-same-instance': {
    breaks: ['exclusion'],
    processes: (own) => ({
      own: () => ({ ...own, bootId: 'any', pidNamespace: 'any' }),
      startTicksOf: () => null,
    }),
  },
  'release-before-stop': {
    breaks: ['release order'],
    patch: () =>
      override(
        InstanceRegistry,
        'register',
        (original) =>
          function (this: InstanceRegistry, exchange, options) {
            const stopWork: NonNullable<typeof options>['stopWork'] = async (order) => {
              const { store } = Reflect.get(this, 'services') as { store: LeaseStore };
              const { lease } = this;
              if (lease instanceof HeldLease) void store.release({ ...lease.ref, events: [] });
              await options?.stopWork?.(order);
            };
            return original.call(this, exchange, { ...options, stopWork });
          },
      ),
  },
  'release-told-early': {
    breaks: ['release told'],
    patch: () =>
      override(
        Journal,
        'stage',
        (original) =>
          function (this: Journal, exchange, entry) {
            if (entry.type !== ActivityType.Released) return original.call(this, exchange, entry);
            const seq = this.add(exchange, entry);
            const events = () => this.pending(exchange.id);
            const decide = () => void this.flush(exchange.id);
            return { seq, events, allEvents: events, keep: decide, withdraw: decide };
          },
      ),
  },
  'no-fence': { resourceCompares: false, breaks: ['fencing'] },
  'no-fence-in-redis': { store: unguarded, breaks: ['fencing'] },
  'no-seal': { seals: false, breaks: ['fencing'] },
  'no-grace': { settings: (settings) => ({ ...settings, emptyStoreGrace: false }), breaks: ['exclusion'] },
  'grace-too-short': {
    breaks: ['exclusion'],
    store: leases((_memory, sound) => ({
      claim: async (request: ClaimRequest) => {
        const outcome = await sound.claim(request);
        const isNearlyOver =
          outcome.outcome === 'deferred' && outcome.retryAfterMs < request.ttlMs * CUT_SHORT;
        return isNearlyOver ? sound.claim({ ...request, emptyStoreGrace: false }) : outcome;
      },
    })),
  },
} as const satisfies Partial<Record<PlantedBugName, PlantedBug & Breaking>>;

export type SimulatedBugName = keyof typeof SIMULATED_BUGS;
