/**
 * The moves that a process has logged for itself are those that its journal was given, each once and in the same order; and the
 * activity log has those, each under its number; and so with claims, their ends, errors and pauses.
 *
 * Of a process that was killed, either may lack the last ones. Of one that ended in order the log may lack the steps of the end,
 * which it sends only once more if Redis is slow, if it never heard that the log has them. What else may be missing: log-check.ts.
 */
import { timed, type HistoryEvent } from './history';
import { keyOf, missingInLog, type LoggedEvent } from './log-check';

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
/** Given back or lost, and an error. */
const LAST_OTHERS = 2;

export function checkMoves(
  lives: readonly Life[],
  logged: readonly LoggedEvent[],
  history: readonly HistoryEvent[],
): string[] {
  const withdrawn = new Set(
    history.filter(({ what }) => what === 'withdrawn').map(({ instanceId, seq }) => `${instanceId} ${seq}`),
  );
  const recorded = history.filter(({ what }) => what === 'recorded');
  const staged = recorded.filter(({ type }) => type === 'transition');
  const isTaken = ({ instanceId, seq }: HistoryEvent) => !withdrawn.has(`${instanceId} ${seq}`);
  const taken = staged.filter(isTaken);
  // Commands are another check's (command-check.ts).
  const others = recorded.filter(
    (event) => event.type !== 'transition' && event.type?.startsWith('command-') === false && isTaken(event),
  );
  return [
    ...lives.flatMap((life) => checkPrinted(life, taken)),
    ...checkForeign(logged, staged),
    ...checkLogged(taken, LAST_STEPS, logged, history),
    ...checkLogged(others, LAST_OTHERS, logged, history),
  ];
}

function checkPrinted({ pid, instanceId, moves, isWhole }: Life, taken: readonly HistoryEvent[]): string[] {
  const noted = taken.filter((event) => event.instanceId === instanceId).map(({ move = '' }) => move);
  const isRight = isWhole ? moves.join() === noted.join() : begins(moves, noted) || begins(noted, moves);
  if (isRight) return [];
  return [`activity complete: process ${pid} moved ${tail(moves)}; its journal was given ${tail(noted)}`];
}

/** A step that was withdrawn may be in the log all the same: its writing was answered too late. */
function checkForeign(logged: readonly LoggedEvent[], staged: readonly HistoryEvent[]): string[] {
  const known = new Set(staged.map(keyOf));
  return logged
    .filter((event) => event.type === 'transition' && !known.has(keyOf(event)))
    .map(
      ({ instanceId, seq, move }) =>
        `activity complete: the activity log has ${move} as event ${seq} of ${instanceId}, which was never given to its journal`,
    );
}

function checkLogged(
  taken: readonly HistoryEvent[],
  lastOnes: number,
  logged: readonly LoggedEvent[],
  history: readonly HistoryEvent[],
): string[] {
  const gone = new Set(history.filter(({ what }) => what === 'gone').map(({ pid }) => pid));
  return missingInLog(taken, logged, history).flatMap(({ event, isAcknowledged }) => {
    const { pid, seq = 0, instanceId, type, move, at } = event;
    const after = taken.filter((each) => each.instanceId === instanceId && (each.seq ?? 0) > seq).length;
    if (!isAcknowledged && gone.has(pid) && after < lastOnes) return [];
    return [
      timed(
        `activity complete: the ${move === undefined ? `event ${type}` : `move ${move}`} of process ${pid}, its event ${seq}, is not in the activity log`,
        at,
      ),
    ];
  });
}

const begins = (whole: readonly string[], part: readonly string[]) => whole.join().startsWith(part.join());

function tail(moves: readonly string[]): string {
  return `[${moves.length > 12 ? '… ' : ''}${moves.slice(-12).join(' ')}]`;
}
