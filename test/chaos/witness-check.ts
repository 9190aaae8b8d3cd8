/**
 * What the exchange itself saw: no earlier tenure stays connected beside a later one, while its process runs.
 *
 * A process that stands still keeps its socket open, here as on a real exchange; the time in which it did not run is taken off.
 * Then it closes within its own running time, so the load of the machine does not count either.
 */
import type { WitnessInterval } from '../../src/exchange/simulator/witness';
import { isOfDeposed, isRobbed, notedClaims, robberiesIn } from './claims';
import { timed, type HistoryEvent } from './history';

/** For closing a socket in order. */
const CLOSING_MS = 500;

interface Visit {
  readonly pid: number;
  readonly token: number;
  readonly from: number;
  readonly to: number;
}

/** `offsetMs` turns the witness's Unix times into those of the history. Clients are named `<pid>/<token>`. */
export function checkWitness(
  intervals: readonly WitnessInterval[],
  offsetMs: number,
  history: readonly HistoryEvent[],
): string[] {
  const robberies = robberiesIn(history);
  const claims = new Map(notedClaims(history).map((claim) => [claim.token, claim]));
  const visits = intervals.flatMap((interval) => visitOf(interval, offsetMs));
  return visits.flatMap((later) =>
    visits.flatMap((earlier) => {
      if (earlier.token >= later.token || earlier.pid === later.pid) return [];
      const [from, to] = [Math.max(earlier.from, later.from), Math.min(earlier.to, later.to)];
      if (to <= from) return [];
      const [first, second] = [claims.get(earlier.token), claims.get(later.token)];
      if (first !== undefined && isRobbed(first, from, robberies)) return [];
      if (second !== undefined && isOfDeposed(second, from, history)) return [];
      const ranMs = to - from - stillMs(history, earlier.pid, from, to);
      if (ranMs <= CLOSING_MS) return [];
      return [
        timed(
          `witness: process ${earlier.pid} was connected under ${earlier.token} for ${ranMs.toFixed(0)} ms of running ` +
            `beside process ${later.pid} under ${later.token}`,
          from,
        ),
      ];
    }),
  );
}

function visitOf({ client, from, to }: WitnessInterval, offsetMs: number): Visit[] {
  const [pid, token] = client.split('/').map(Number);
  if (from === null || pid === undefined || token === undefined || Number.isNaN(token)) return [];
  return [{ pid, token, from: from + offsetMs, to: to === null ? Infinity : to + offsetMs }];
}

/** How long of this span the process did not run. */
export function stillMs(history: readonly HistoryEvent[], ofPid: number, from: number, to: number): number {
  return history
    .filter(({ what, pid }) => what === 'gap' && pid === ofPid)
    .map(({ since = to, at }) => Math.min(at, to) - Math.max(since, from))
    .filter((ms) => ms > 0)
    .reduce((sum, ms) => sum + ms, 0);
}
