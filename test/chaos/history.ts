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
    | 'frozen'
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
    /** The journal of an instance was given an event about a command, as its number `seq`. */
    | 'recorded'
    /** The log has got as far as `seq`. */
    | 'acknowledged'
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
  readonly since?: number;
  readonly message?: string;
  readonly seq?: number;
  /** Of an event: its type, its cause, its command. */
  readonly type?: string;
  readonly cause?: string;
  readonly commandId?: string;
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
