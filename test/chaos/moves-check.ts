/**
 * The moves in the activity log are those that the processes have logged for themselves, each once and in the same order.
 *
 * Of a process that was killed, either may lack the last ones. Of one that ended in order the log may lack the steps of the end,
 * which it sends only once more if Redis is slow. Where data of Redis were lost, so may the log of what was in it.
 */
import type { HistoryEvent } from './history';

/** What a process has printed of itself. */
export interface Life {
  readonly pid: number;
  readonly instanceId: string;
  /** Written `idle>starting`. */
  readonly moves: readonly string[];
  /** It ended with its own code, not by a signal: all that it printed was read. */
  readonly isWhole: boolean;
}

/** To stopping, stopped, idle. */
const LAST_STEPS = 3;

export function checkMoves(
  lives: readonly Life[],
  logged: ReadonlyMap<string, readonly string[]>,
  history: readonly HistoryEvent[],
): string[] {
  const endingAt = history.find(({ what }) => what === 'ending')?.at ?? Infinity;
  const goneAt = new Map(history.filter(({ what }) => what === 'gone').map(({ pid, at }) => [pid, at]));
  const wasLost = history.some(({ what }) => what === 'log-lost' || what === 'split');
  return lives.flatMap(({ pid, instanceId, moves, isWhole }) => {
    const inLog = logged.get(instanceId) ?? [];
    const hasHadTime = isWhole && (goneAt.get(pid) ?? Infinity) >= endingAt;
    const isRight =
      hasHadTime && !wasLost
        ? moves.join().startsWith(inLog.join()) && moves.length - inLog.length <= LAST_STEPS
        : isWithin(inLog, moves) || (!isWhole && isWithin(inLog.slice(0, moves.length), moves));
    if (isRight) return [];
    return [`activity complete: process ${pid} moved ${tail(moves)}; the activity log has ${tail(inLog)}`];
  });
}

/** Whether `part` is `whole` with some left out. */
function isWithin(part: readonly string[], whole: readonly string[]): boolean {
  let at = 0;
  for (const move of whole) if (move === part[at]) at += 1;
  return at === part.length;
}

function tail(moves: readonly string[]): string {
  return `[${moves.length > 12 ? '… ' : ''}${moves.slice(-12).join(' ')}]`;
}
