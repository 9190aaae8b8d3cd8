/**
 * What Redis itself guards: no write under an older token reaches the data of an exchange once a newer claim was granted.
 *
 * The work of each process writes into one series all the time (fixtures/recorder.cjs); whoever looks at Redis notes under which
 * tokens something was written between two looks. A write that nobody answered counts as well.
 */
import { notedClaims } from './claims';
import { timed, type HistoryEvent } from './history';

/**
 * Excused is a write after the fence was taken or lost, with all data or over a failover, since the newer claim was asked for: what Redis
 * has forgotten it cannot compare, until the holder's next renewal.
 */
export function checkData(history: readonly HistoryEvent[]): string[] {
  const claims = notedClaims(history);
  const losses = history.filter(
    ({ what, fence }) => what === 'log-lost' || what === 'split' || fence === true,
  );
  return history
    .filter(({ what }) => what === 'data-written')
    .flatMap(({ token = 0, at, until = at }) => {
      const newer = claims.find((claim) => claim.token > token && claim.grantedAt <= at);
      if (newer === undefined) return [];
      const isExcused = losses.some((loss) => loss.at <= until && (loss.until ?? loss.at) >= newer.sentAt);
      if (isExcused) return [];
      return [
        timed(
          `fencing: Redis took a write under token ${token} at least ${(at - newer.grantedAt).toFixed(1)} ms after ` +
            `${newer.token} was granted`,
          until,
        ),
      ];
    });
}
