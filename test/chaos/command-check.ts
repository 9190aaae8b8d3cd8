/**
 * Every command that was accepted or refused has its record: each answer of the API is held against what the journals were given,
 * and that against what was in the activity log.
 *
 * The journal is given the event before anybody is answered, so the first half excuses nothing, not even a kill. In the second half
 * an event may be missing if its process ended, before everybody was told to, without having heard that the log has it; or if
 * the data were lost after it may have been written and before it was seen; or if it was written while there were two primaries.
 */
import type { HistoryEvent } from './history';

/** A command as the harness asked for it. Its reason is its own, so that its events are known by their cause. */
export interface AskedCommand {
  readonly path: string;
  readonly reason: string;
  /** Of the process that was asked. */
  readonly pid: number;
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

/** An event about a command, as it was seen in the log. */
export interface LoggedCommand {
  readonly instanceId: string;
  readonly seq: number;
  readonly type: string;
}

const FINAL = /^command-(?:done|refused|failed)$/;

export function checkCommands(
  asked: readonly AskedCommand[],
  logged: readonly LoggedCommand[],
  history: readonly HistoryEvent[],
): string[] {
  const recorded = history.filter(({ what }) => what === 'recorded');
  return [
    ...asked.flatMap((command) =>
      checkAnswer(
        command,
        recorded.filter(({ cause, commandId }) => cause === command.reason || isOf(command, commandId)),
      ),
    ),
    ...checkLogged(recorded, logged, history),
  ];
}

/** Whoever withdraws a command says why it expired, not why it was sent. */
function isOf({ body }: AskedCommand, commandId: string | undefined): boolean {
  return commandId !== undefined && commandId === body['commandId'];
}

function checkAnswer(command: AskedCommand, events: readonly HistoryEvent[]): string[] {
  const { path, status, body, pid } = command;
  const types = events.map(({ type = '' }) => type);
  const wanted = path.startsWith('/control/') ? ofControl(command, types) : ofNetwork(command, types);
  if (wanted === null) return [];
  const said = JSON.stringify(body['outcome'] ?? body['code']);
  return [
    `command record: POST ${path} of process ${pid} was answered ${status} ${said}, but recorded as [${types.join()}]: ${wanted}`,
  ];
}

/** What is wrong with the record; `null` when nothing is. */
function ofControl({ path, status }: AskedCommand, types: readonly string[]): string | null {
  const final = types.filter((type) => FINAL.test(type));
  if (status < 300) return isOnce(final, 'command-done') ? null : 'expected to be done, once';
  // Where no exchange was asked for there is no log to write a refusal into.
  if (status === 409 && final.length === 0 && path !== '/control/start') return null;
  if (status === 409) return isOnce(final, 'command-refused') ? null : 'expected to be refused, once';
  return final.includes('command-done') ? 'expected not to be done' : null;
}

function ofNetwork({ status, body }: AskedCommand, types: readonly string[]): string | null {
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
    return sent === 1 && !isTaken && types.includes('command-expired')
      ? null
      : 'expected to have expired unread';
  return null;
}

const isOnce = (final: readonly string[], type: string) => final.length === 1 && final[0] === type;

function checkLogged(
  recorded: readonly HistoryEvent[],
  logged: readonly LoggedCommand[],
  history: readonly HistoryEvent[],
): string[] {
  const seen = new Set(logged.map(({ instanceId, seq, type }) => `${instanceId} ${seq} ${type}`));
  const losses = history.filter(({ what }) => what === 'log-lost' || what === 'split');
  const endingAt = history.find(({ what }) => what === 'ending')?.at ?? Infinity;
  const goneAt = new Map(history.filter(({ what }) => what === 'gone').map(({ pid, at }) => [pid, at]));
  const acknowledged = history.filter(({ what }) => what === 'acknowledged');
  return recorded.flatMap(({ instanceId = '', seq = 0, type = '', cause, pid, at }) => {
    if (seen.has(`${instanceId} ${seq} ${type}`)) return [];
    const heard = acknowledged.find((each) => each.instanceId === instanceId && (each.seq ?? 0) >= seq);
    if (heard === undefined && (goneAt.get(pid) ?? Infinity) < endingAt) return [];
    // It was in the log from some time between its record and its acknowledgement on.
    const isLost = losses.some((loss) => loss.at <= (heard?.at ?? Infinity) && (loss.until ?? loss.at) >= at);
    if (isLost) return [];
    return [`command record: ${type} (${cause}) of process ${pid} is not in the activity log`];
  });
}
