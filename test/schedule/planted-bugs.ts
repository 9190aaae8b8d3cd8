/** The planted bugs (test/verification/planted-bugs.ts) that a search of schedules can meet: those of the simulation, and of order. */
import { RunLoop } from '../../src/control/run-loop';
import type { RegistryAdapters } from '../../src/registry/adapters';
import { HeldLease } from '../../src/registry/lease';
import type { AppendRequest, RenewRequest } from '../../src/registry/lease-store';
import type { PlantedBug } from '../simulation/planted-bug';
import { leases, override, SIMULATED_BUGS, unasked } from '../simulation/planted-bugs';
import type { Breaking } from '../verification/hunt';
import type { PlantedBugName } from '../verification/planted-bugs';

/** Bugs that only an unusual order brings to light. */
const ORDER_BUGS = {
  'reviving-renewal': { store: unasked((isThere) => !isThere), breaks: ['exclusion', 'release order'] },
  'stop-forgotten': {
    breaks: ['stop kept', 'timers after close'],
    patch: () =>
      override(
        RunLoop,
        'stop',
        (original) =>
          async function (this: RunLoop, ...args) {
            if (this.isDecided) await original.apply(this, args);
          },
      ),
  },
  'renewal-after-release': {
    breaks: ['release order'],
    store: leases((memory, sound) => ({
      renew: (requests: readonly RenewRequest[]) => {
        for (const { exchangeId, claimId } of requests) {
          const exchange = memory.exchange(exchangeId);
          const { fence } = exchange;
          if (fence?.claimId === claimId && fence.ended === 'released')
            exchange.fence = { ...fence, ended: 'held' };
        }
        return sound.renew(requests);
      },
    })),
  },
  'late-timer-trusted': {
    breaks: ['deadline'],
    patch: () =>
      override(
        HeldLease,
        'assertHeld',
        () =>
          function (this: HeldLease) {
            this.signal.throwIfAborted();
          },
      ),
  },
  'unanswered-is-logged': {
    breaks: ['activity once', 'activity chain', 'activity complete'],
    adapters: (adapters: RegistryAdapters): RegistryAdapters => ({
      ...adapters,
      store: {
        ...adapters.store,
        append: async (request: AppendRequest) => {
          const outcome = await adapters.store.append(request);
          if (outcome.outcome !== 'unknown') return outcome;
          return { outcome: 'appended', loggedSeq: request.events.at(-1)?.seq ?? 0 };
        },
      },
    }),
  },
} as const satisfies Partial<Record<PlantedBugName, PlantedBug & Breaking>>;

/** Not tried: a claim has to arrive in the last part of a grace, where moves hardly ever leave the time; the other layers find it. */
const { 'grace-too-short': _, ...MET } = SIMULATED_BUGS;

export const SCHEDULED_BUGS = { ...MET, ...ORDER_BUGS } as const;

export type ScheduledBugName = keyof typeof SCHEDULED_BUGS;
