/**
 * Faults of a Redis with replicas: its primary dies, hangs, is deposed by order, or dies with the last claim that no replica has.
 *
 * One at a time, and only when the one before has been mended: what is lost twice at once is lost for good, and no matter of claims.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { keys } from '../../src/registry/redis/keys';
import type { RedisServer } from '../support/redis-server';
import { waitFor } from '../support/wait-for';
import type { Nemesis, Scene } from './nemeses';
import type { FAILOVERS, PlannedFault } from './plan';
import { EXCHANGE_ID } from './redis-watch';
import type { RoleWatch } from './role-watch';

export interface Replicated {
  readonly roles: RoleWatch;
  /** Has a replica promoted although nothing is wrong. */
  order(fault: PlannedFault): Promise<unknown>;
  /** Brings back a server that was deposed. */
  mend(server: RedisServer, fault: PlannedFault): Promise<unknown>;
  /** Whether every replica follows the primary. */
  isWhole(): Promise<boolean>;
}

const TAKE_OVER_MS = 15_000;
const status = keys.status(EXCHANGE_ID);

/** `false`: it has not come to what it is for. */
type Failover = (scene: Scene, primary: RedisServer, fault: PlannedFault) => Promise<void | boolean>;

export function failovers(replicated: Replicated): Readonly<Record<(typeof FAILOVERS)[number], Nemesis>> {
  const { roles } = replicated;
  let isBusy = false;

  /** Until another one has taken over, or did not come to it. */
  const moved = (since: number, timeoutMs = TAKE_OVER_MS) =>
    waitFor(() => roles.moves > since, { timeoutMs, intervalMs: 50 }).catch(() => false);

  const kinds: Readonly<Record<(typeof FAILOVERS)[number], Failover>> = {
    'primary-killed': (_scene, primary) => primary.kill(),
    'primary-hangs': async (scene, primary, { durationMs }) => {
      primary.pause();
      await scene.wait(durationMs);
      primary.resume();
    },
    'failover-ordered': async (_scene, _primary, fault) => {
      await replicated.order(fault);
    },
    'claim-lost': async (scene, primary, fault) => {
      const replicas = roles.servers.filter((server) => server !== primary);
      let token: string | null = null;
      for (const replica of replicas) replica.pause();
      try {
        // What was sent is in their sockets, and they will read it; from here on there is nobody to send it to.
        await roles.clientOf(primary).call('CLIENT', 'KILL', 'TYPE', 'replica');
        token = await handOver(scene, fault);
        await primary.kill();
      } finally {
        for (const replica of replicas) replica.resume();
      }
      const fences = await Promise.all(
        replicas.map((replica) => roles.clientOf(replica).get(keys.fence(EXCHANGE_ID))),
      );
      return token !== null && fences.every((fence) => fence?.split(' ')[0] !== token);
    },
  };

  const nemesis =
    (make: Failover): Nemesis =>
    async (scene, _slot, fault) => {
      if (isBusy || !(await replicated.isWhole().catch(() => false))) return false;
      isBusy = true;
      const [{ moves }, { server }] = [roles, roles.primary];
      try {
        const isMade = (await make(scene, server, fault)) ?? true;
        await moved(moves, server.running ? 5_000 : TAKE_OVER_MS);
        await scene.wait(fault.durationMs);
        // An order that nobody followed has changed nothing, nor a loss that nobody has taken over from; whoever died or stood still has.
        const needsMove = fault.kind === 'failover-ordered' || fault.kind === 'claim-lost';
        return isMade && (!needsMove || roles.moves > moves);
      } finally {
        await replicated.mend(server, fault).catch(() => undefined);
        isBusy = false;
      }
    };
  return {
    'primary-killed': nemesis(kinds['primary-killed']),
    'primary-hangs': nemesis(kinds['primary-hangs']),
    'claim-lost': nemesis(kinds['claim-lost']),
    'failover-ordered': nemesis(kinds['failover-ordered']),
  };
}

/** Has the holder end, and waits until somebody else holds: of that no replica will know. Its token; `null` if nobody came to it. */
async function handOver({ redis, slots, times }: Scene, { force }: PlannedFault): Promise<string | null> {
  const text = await redis.primary().get(status);
  const pid = Number(/"pid":(\d+)/.exec(text ?? '')?.[1]);
  const token = /"fencingToken":(\d+)/.exec(text ?? '')?.[1];
  slots.find(({ ready }) => ready?.pid === pid)?.ready?.kill('SIGTERM');
  const next = await waitFor(
    async () => {
      const held = /"fencingToken":(\d+)/.exec((await redis.primary().get(status)) ?? '')?.[1];
      return held === undefined || held === token ? null : held;
    },
    { timeoutMs: 2 * times.leaseTtlMs, intervalMs: 20 },
  ).catch(() => null);
  await sleep(force * times.heartbeatIntervalMs);
  return next;
}

/**
 * Every replica knows that the present primary has seen the holder alive.
 *
 * The wait after a failover hangs on that: who takes over finds another server's name in the fence. A second failover, back to the
 * first server, before the one between has confirmed anybody, would find its own (docs/reliability.md).
 */
export async function isEstablished(roles: RoleWatch): Promise<boolean> {
  const info = await roles.primary.client.info('server');
  const run = /run_id:(\w+)/.exec(info)?.[1] ?? '';
  const fences = await Promise.all(
    roles.servers.map((server) => roles.clientOf(server).get(keys.fence(EXCHANGE_ID))),
  );
  return fences.every((fence) => fence !== null && fence.split(' ')[4] === run);
}

/** Every server answers, one is primary and the others follow it. */
export async function follow(roles: RoleWatch): Promise<boolean> {
  const { server: primary } = roles.primary;
  const told = await Promise.all(roles.servers.map((server) => roles.clientOf(server).role()));
  return roles.servers.every((server, at) => {
    const [role, , port, state] = told[at] as [string, string, number, string];
    return server === primary ? role === 'master' : port === primary.port && state === 'connected';
  });
}
