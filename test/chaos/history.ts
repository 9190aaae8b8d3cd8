/** What the processes wrote down (fixtures/recorder.cjs), read again; and the clock that all of it is in. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** CLOCK_MONOTONIC, milliseconds: the same for all processes of the machine. */
export const now = () => Number(process.hrtime.bigint()) / 1e6;

export interface HistoryEvent {
  readonly at: number;
  readonly pid: number;
  readonly what:
    | 'begin'
    | 'act'
    | 'end'
    | 'active'
    | 'frozen'
    /** The harness did it, from `at` to `until`; `made` says whether it had an effect. */
    | 'fault'
    /** A process in this `state` was told to end. */
    | 'told-to-end'
    /** Another token is under the status key (0: none) from now on, as far as was looked. */
    | 'key-changed'
    /** The loop of a process waits for `ms` before it tries again. */
    | 'backs-off'
    /** The wall clock of the process has been set forward (or back) by `ms`. */
    | 'clock-set'
    /** An instance was told to stop, pause or resume: whether it works on an exchange, or wishes to, by its own word. */
    | 'asked'
    | 'uncaught'
    /** Nothing of the process ran from `since` to `at`. */
    | 'gap'
    /** Somebody outside the promise freed the exchange, between `at` and `until`. */
    | 'robbed'
    /** Something else than an instance changed the status key or the data of Redis, between `at` and `until`. */
    | 'meddled'
    /** Two servers took writes, between `at` and `until`: one of them keeps what it granted and confirmed to itself. */
    | 'split'
    | 'claim-sent'
    | 'granted'
    | 'renewed'
    | 'release-sent'
    /** An operator took the exchange away by a command that says so, between `at` and `until`. */
    | 'revoked'
    /** The journal of an instance was given an event, as its number `seq`. */
    | 'recorded'
    /** The move of number `seq` has not happened after all. */
    | 'withdrawn'
    /** The log has got as far as `seq`. */
    | 'acknowledged'
    /** The data that the work keeps in Redis got something under this token, between `at` and `until`. */
    | 'data-written'
    /** The data of Redis are gone, or set back: entries since `at` may never have been seen. */
    | 'log-lost'
    /** Everybody is told to end; nothing is wrong with anything. */
    | 'ending'
    /** The process can do nothing any more. */
    | 'gone';
  readonly token?: number;
  readonly claimId?: string;
  readonly instanceId?: string;
  /** Of an answer: when its request was sent. */
  readonly sentAt?: number;
  /** Of a renewal: the key was not there and has been put back. */
  readonly healed?: boolean;
  readonly until?: number;
  /** Of a robbery: the fence was taken. */
  readonly fence?: boolean;
  readonly since?: number;
  readonly message?: string;
  readonly seq?: number;
  /** Of an event: its type, its cause, its command. */
  readonly type?: string;
  readonly cause?: string;
  readonly commandId?: string;
  /** Of a move: `idle>starting`. */
  readonly move?: string;
  readonly kind?: string;
  /** Of a failpoint. */
  readonly name?: string;
  readonly state?: string;
  readonly made?: boolean;
  readonly ms?: number;
  readonly hasExchange?: boolean;
}

/** Of a finding: when it came about, so that a report can show what was around it. */
export function timed(finding: string, at: number): string {
  return `${finding} (at ${at.toFixed(1)})`;
}

/** `null`: of the whole run, as far as is known. */
export function timeOf(finding: string): number | null {
  const [, at] = /\(at (\d+\.\d)\)/.exec(finding) ?? [];
  return at === undefined ? null : Number(at);
}

/** Every line of every process, in the order of time. The last line of a killed process may be half. */
export function readHistory(folder: string): HistoryEvent[] {
  const files = readdirSync(folder).filter((name) => name.startsWith('history-'));
  return files
    .flatMap((name) => readFileSync(join(folder, name), 'utf8').split('\n').flatMap(parsed))
    .toSorted((a, b) => a.at - b.at);
}

function parsed(line: string): HistoryEvent[] {
  try {
    return line === '' ? [] : [JSON.parse(line) as HistoryEvent];
  } catch {
    return [];
  }
}
