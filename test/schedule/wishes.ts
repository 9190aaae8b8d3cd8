/** What somebody outside may wish at any moment, and how it is carried out. */
import { messageOf } from '../../src/errors';
import type { CommandType } from '../../src/registry/command-queue';
import { commandFor, OPERATOR, revocation } from '../simulation/operator';
import { EXCHANGE } from '../simulation/store-server';
import type { Place, ScheduledWorld } from './world';

type Action = (world: ScheduledWorld, place: Place) => void;

/** Carried out by the instance itself. With no process there, one is started. */
function ask(what: 'stop' | 'pause' | 'resume'): Action {
  return (world, place) => {
    const { process } = place;
    if (process === null) return world.boot(place);
    if (process.isBooted) world.ask(place, what, () => process.runner[what](OPERATOR));
  };
}

const start: Action = (world, place) => {
  const { process } = place;
  if (process === null) return world.boot(place);
  const { standby } = world.setup;
  const request = { ...OPERATOR, exchange: EXCHANGE.name, standby };
  if (process.isBooted) world.ask(place, 'start', () => process.runner.start(request));
};

/** Through the store, to whoever holds. */
function send(type: CommandType): Action {
  return ({ server, settings, scheduler, trace, verdict }) => {
    const claimId = server.exchange.owner?.claimId ?? null;
    if (claimId === null) return;
    trace.add('operator', `sends ${type}`, trace.name('claim-', claimId));
    server.commands
      .send(EXCHANGE.id, commandFor(claimId, type, `command-${scheduler.steps}-${type}`), settings.leaseTtlMs)
      .catch((error: unknown) => verdict.fail('unexpected error', messageOf(error)));
  };
}

function revoke(holderIsDead: boolean): Action {
  return ({ server, exclusion, settings, scheduler }) => {
    if (holderIsDead) exclusion.robbed();
    void server.revoke(revocation(scheduler.steps, settings, holderIsDead));
  };
}

const ACTIONS = {
  stop: ask('stop'),
  start,
  pause: ask('pause'),
  resume: ask('resume'),
  /** The interval began with the process, not with the claim: it may be its turn at any moment. */
  beat: (_world, { process }) => void process?.parts.keeper.beat(),
  terminate: (world, place) => (place.process === null ? world.boot(place) : world.terminate(place)),
  crash: (world, place) => world.crash(place),
  'send stop': send('stop'),
  'send pause': send('pause'),
  'send resume': send('resume'),
  revoke: revoke(false),
  'revoke dead': revoke(true),
  /** Nothing gets through to this process, or from it, until it is mended. */
  cut: (_world, place) => void (place.isCut = true),
  mend: (_world, place) => void (place.isCut = false),
  'lose the data': (world) => world.loseData(),
  'fail the work': (_world, { mishaps }) => void (mishaps.failNext = true),
  'stick the work': (_world, { mishaps }) => void (mishaps.stickNext = true),
} as const satisfies Readonly<Record<string, Action>>;

export type Wish = keyof typeof ACTIONS;

/** Each as often as it stands here. */
export const WISHES: readonly Wish[] = [
  ...(['stop', 'start', 'pause', 'resume', 'terminate', 'stop', 'start', 'start'] as const),
  ...(['beat', 'beat', 'beat', 'beat'] as const),
  ...(['crash', 'send stop', 'send pause', 'send resume', 'revoke', 'revoke dead'] as const),
  ...(['cut', 'cut', 'mend', 'mend', 'lose the data', 'fail the work', 'stick the work'] as const),
];

export function carryOut(wish: Wish, world: ScheduledWorld, place: Place): void {
  world.trace.add('wish', wish, `place ${place.index}`);
  ACTIONS[wish](world, place);
}
