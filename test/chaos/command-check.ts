/**
 * Every command that was accepted or refused has its record: each answer of the API is held against what the journals were given,
 * and that against what was in the activity log.
 *
 * The journal is given the event before anybody is answered, so the first half excuses nothing, not even a kill. An instance that
 * works on no exchange and wishes to on none has no log to write a refusal into: it must say so at the moment of the command, and must not
 * be able to prove a claim. What is sent to a holder is recorded from when there is one: `404` needs that there was none. A revocation
 * is written into the log with its effect, by Redis itself. What may be missing in the log: log-check.ts.
 */
import { isRobbed, notedClaims, type NotedClaim } from './claims';
import { timed, type HistoryEvent } from './history';
import { lossesIn, mayBeLost, missingInLog, type LoggedEvent } from './log-check';
import { provenUntil, surelyProvenUntil, type ProofTimes } from './proof-check';

/** A command as the harness asked for it. Its reason is its own, so that its events are known by their cause. */
export interface AskedCommand {
  readonly path: string;
  readonly reason: string;
  /** Of the process that was asked. */
  readonly pid: number;
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
  readonly askedAt: number;
  readonly answeredAt: number;
}

/** The status with which the API refuses who asks too often: nothing has seen the command. */
export const TOO_MANY = 429;

const FINAL = /^command-(?:done|refused|failed)$/;

export function checkCommands(
  asked: readonly AskedCommand[],
  logged: readonly LoggedEvent[],
  history: readonly HistoryEvent[],
  times: ProofTimes,
): string[] {
  const recorded = history.filter(
    ({ what, type = '' }) => what === 'recorded' && type.startsWith('command-'),
  );
  const claims = notedClaims(history);
  const losses = lossesIn(history);
  return [
    ...asked.flatMap((command) => {
      const events = recorded.filter(
        ({ cause, commandId }) => cause === command.reason || isOf(command, commandId),
      );
      const types = events.map(({ type = '' }) => type);
      const wanted = wantedOf(command, types);
      return wanted === null ? [] : [complaint(command, types, wanted)];
    }),
    ...missingInLog(recorded, logged, history).map(({ event: { type, cause, pid, at } }) =>
      timed(`command record: ${type} (${cause}) of process ${pid} is not in the activity log`, at),
    ),
  ];

  function wantedOf(command: AskedCommand, types: readonly string[]): string | null {
    const { path } = command;
    if (command.status === TOO_MANY)
      return isNowhere(command, types) ? null : 'expected to be recorded nowhere';
    if (path.startsWith('/control/')) return ofControl(command, types, () => hadExchange(command));
    if (path.endsWith('/revoke')) return ofRevocation(command, logged, losses);
    return ofNetwork(command, types, losses, () => isHeldThroughout(command));
  }

  function isNowhere({ reason }: AskedCommand, types: readonly string[]): boolean {
    return types.length === 0 && logged.every(({ cause }) => cause !== reason);
  }

  /** Whether the instance that was asked had an exchange, by its own word or because it could prove a claim all the while. */
  function hadExchange({ reason, pid, askedAt, answeredAt }: AskedCommand): boolean {
    const said = history.find(({ what, cause }) => what === 'asked' && cause === reason);
    return (
      said?.hasExchange === true ||
      claims.some(
        (claim) =>
          claim.pid === pid &&
          holds(claim, askedAt, answeredAt) &&
          surelyProvenUntil(claim, askedAt, history, times) > answeredAt,
      )
    );
  }

  function isHeldThroughout({ askedAt, answeredAt }: AskedCommand): boolean {
    return claims.some((claim) => holds(claim, askedAt, answeredAt));
  }

  /** By what was proven before: nothing that anybody else did may have freed the exchange since. */
  function holds(claim: NotedClaim, from: number, to: number): boolean {
    const freeing = history.filter(({ what }) => FREEING.has(what));
    return (
      claim.grantedAt <= from &&
      claim.releaseSentAt > to &&
      provenUntil(claim, from, times) > to &&
      !isRobbed(claim, from, freeing) &&
      !freeing.some(({ at, until = at }) => until >= from && at <= to)
    );
  }
}

/** What takes the status key away, or what is under it. */
const FREEING: ReadonlySet<string> = new Set(['robbed', 'meddled', 'revoked', 'split']);

function complaint(
  { path, status, body, pid, answeredAt }: AskedCommand,
  types: readonly string[],
  wanted: string,
) {
  const said = JSON.stringify(body['outcome'] ?? body['code']);
  return timed(
    `command record: POST ${path} of process ${pid} was answered ${status} ${said}, but recorded as [${types.join()}]: ${wanted}`,
    answeredAt,
  );
}

/** Whoever withdraws a command says why it expired, not why it was sent. */
function isOf({ body }: AskedCommand, commandId: string | undefined): boolean {
  return commandId !== undefined && commandId === body['commandId'];
}

/** What is wrong with the record; `null` when nothing is. */
function ofControl(
  { path, status }: AskedCommand,
  types: readonly string[],
  hadExchange: () => boolean,
): string | null {
  const final = types.filter((type) => FINAL.test(type));
  if (status < 300) return isOnce(final, 'command-done') ? null : 'expected to be done, once';
  // A start names its exchange.
  if (final.length === 0 && path !== '/control/start' && !hadExchange()) return null;
  const wanted = status === 409 ? 'refused' : 'failed';
  return isOnce(final, `command-${wanted}`)
    ? null
    : `expected to have ${wanted === 'failed' ? '' : 'been '}${wanted}, once`;
}

function ofRevocation(
  { status, reason, askedAt, answeredAt }: AskedCommand,
  logged: readonly LoggedEvent[],
  losses: readonly HistoryEvent[],
): string | null {
  const count = logged.filter(({ type, cause }) => type === 'revoked' && cause === reason).length;
  if (status === 200)
    return count === 1 || (count === 0 && mayBeLost(losses, askedAt, answeredAt))
      ? null
      : `expected in the activity log once, but it is there ${count} times`;
  // Without an answer of Redis nobody knows.
  return count === 0 || status === 503 ? null : 'expected not to be in the activity log';
}

function ofNetwork(
  { status, body, askedAt, answeredAt }: AskedCommand,
  types: readonly string[],
  losses: readonly HistoryEvent[],
  isHeldThroughout: () => boolean,
): string | null {
  const { outcome } = body;
  const final = types.filter((type) => FINAL.test(type));
  const sent = types.filter((type) => type === 'command-sent').length;
  const isTaken = types.includes('command-accepted');
  if (final.length > 1 || sent > 1) return 'expected once';
  if (status === 200)
    return sent === 1 && isTaken && isOnce(final, `command-${String(outcome)}`)
      ? null
      : `expected to be ${String(outcome)}`;
  if (status === 202)
    return sent === 1 && !types.includes('command-expired') ? null : 'expected to be running';
  if (status === 410)
    // Nobody can tell a command from an unread one whose queue and log were lost after it was taken (command-sender.ts).
    return sent === 1 &&
      types.includes('command-expired') &&
      (!isTaken || mayBeLost(losses, askedAt, answeredAt))
      ? null
      : 'expected to have expired unread';
  if (status === 404) {
    if (types.length > 0) return 'expected to be recorded nowhere';
    return isHeldThroughout()
      ? 'expected to reach the holder, whom nothing had freed the exchange from'
      : null;
  }
  // It is not known whether the holder will read it.
  return status >= 500 ? null : 'expected another answer';
}

const isOnce = (final: readonly string[], type: string) => final.length === 1 && final[0] === type;
