/** What the processes wrote down (fixtures/recorder.cjs), read again; and the clock that all of it is in. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** CLOCK_MONOTONIC, milliseconds: the same for all processes of the machine. */
export const now = () => Number(process.hrtime.bigint()) / 1e6;

export interface HistoryEvent {
  readonly at: number;
  readonly pid: number;
  readonly what: 'begin' | 'act' | 'end' | 'frozen' | 'uncaught' | 'robbed';
  readonly token?: number;
  readonly message?: string;
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
