/** What is in the activity log, as it was seen there, against what the journals were given. */
import type { HistoryEvent } from './history';

/** An event as it was seen in the log. */
export interface LoggedEvent {
  readonly instanceId: string;
  readonly seq: number;
  readonly type: string;
  readonly cause: string;
  /** Of a transition: `idle>starting`. */
  readonly move?: string;
}

/** Whether these are the same event. */
export const keyOf = ({ instanceId = '', seq = 0, type = '', move = '' }: Partial<LoggedEvent>) =>
  `${instanceId} ${seq} ${ENDS.has(type) ? 'end' : type} ${move}`;

/** A claim whose release nobody answered is told as lost, under the same number. */
const ENDS: ReadonlySet<string> = new Set(['released', 'lost']);

/** Spans in which what was written to the log may have gone before it was seen. */
export function lossesIn(history: readonly HistoryEvent[]): HistoryEvent[] {
  return history.filter(({ what }) => what === 'log-lost' || what === 'split');
}

/** Whether an event that came into the log between these two times may have been lost before it was seen. */
export function mayBeLost(losses: readonly HistoryEvent[], from: number, to: number): boolean {
  return losses.some(({ at, until = at }) => at <= to && until >= from);
}

/**
 * Those of the recorded events that the log must have, and has not.
 *
 * Excused: its process ended, before everybody was told to, without having heard that the log has it; or the data were lost after
 * it may have been written and before it was seen; or it was written while there were two primaries. A loss excuses nothing that came
 * wholly after it, nor what had been looked at before it.
 */
export function missingInLog(
  recorded: readonly HistoryEvent[],
  logged: readonly LoggedEvent[],
  history: readonly HistoryEvent[],
): { readonly event: HistoryEvent; readonly isAcknowledged: boolean }[] {
  const seen = new Set(logged.map(keyOf));
  const losses = lossesIn(history);
  const endingAt = history.find(({ what }) => what === 'ending')?.at ?? Infinity;
  const goneAt = new Map(history.filter(({ what }) => what === 'gone').map(({ pid, at }) => [pid, at]));
  const acknowledged = new Map<string, HistoryEvent[]>();
  for (const event of history) {
    const { what, instanceId = '' } = event;
    if (what !== 'acknowledged') continue;
    const known = acknowledged.get(instanceId);
    if (known === undefined) acknowledged.set(instanceId, [event]);
    else known.push(event);
  }
  return recorded.flatMap((event) => {
    const { instanceId = '', seq = 0, pid, at } = event;
    if (seen.has(keyOf(event))) return [];
    const heard = acknowledged.get(instanceId)?.find((each) => (each.seq ?? 0) >= seq);
    if (heard === undefined && (goneAt.get(pid) ?? Infinity) < endingAt) return [];
    // It was in the log from some time between its record and its acknowledgement on.
    if (mayBeLost(losses, at, heard?.at ?? Infinity)) return [];
    return [{ event, isAcknowledged: heard !== undefined }];
  });
}
