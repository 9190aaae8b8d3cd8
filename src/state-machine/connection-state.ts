/**
 * The six states of an exchange connection, and the moves between them.
 *
 * - `idle`: nothing is claimed, nothing runs. Entered at process start, after `stopped`, and on recovery from an
 *   error in `starting` or `warming`.
 * - `starting`: the exchange is claimed; the workload connects and backfills.
 * - `warming`: connected; indicators are fed with history until they are stable.
 * - `active`: live data is consumed, results are published.
 * - `stopping`: no new work is taken; open work is finished or abandoned within its limit.
 * - `stopped`: the work has ended; the claim may now be given back.
 */
export const ConnectionState = {
  Idle: 'idle',
  Starting: 'starting',
  Warming: 'warming',
  Active: 'active',
  Stopping: 'stopping',
  Stopped: 'stopped',
} as const;

export type ConnectionState = (typeof ConnectionState)[keyof typeof ConnectionState];

export const CONNECTION_STATES: readonly ConnectionState[] = Object.values(ConnectionState);

/** Every allowed move. What is not listed is refused. */
export const TRANSITIONS: Readonly<Record<ConnectionState, readonly ConnectionState[]>> = {
  idle: ['starting'],
  starting: ['warming', 'stopping', 'idle'],
  warming: ['active', 'stopping', 'idle'],
  active: ['stopping'],
  stopping: ['stopped'],
  stopped: ['idle'],
};

/** True for a step towards work: it may only be taken once Redis has confirmed it under the lease. */
export function isTowardsWork(to: ConnectionState): boolean {
  return to === 'starting' || to === 'warming' || to === 'active';
}
