/** What a child process printed: whole lines, and the JSON log lines among them. */
import type { Readable } from 'node:stream';
import { type WaitOptions, waitFor } from './wait-for';

/** One structured log line, as pino writes it. */
export type LogLine = Readonly<Record<string, unknown>>;

export class ProcessOutput {
  /** Every whole line of standard output and standard error, in order of arrival. */
  readonly lines: string[] = [];
  /** The lines that are JSON objects. */
  readonly logs: LogLine[] = [];

  constructor(...streams: (Readable | null)[]) {
    for (const stream of streams) this.read(stream);
  }

  get text(): string {
    return this.lines.join('\n');
  }

  /** The first log line with all the given fields; a regular expression is matched against the field's text. */
  findLog(fields: Readonly<Record<string, unknown>>): LogLine | undefined {
    return this.logs.find((line) =>
      Object.entries(fields).every(([key, wanted]) => matches(line[key], wanted)),
    );
  }

  waitForLog(fields: Readonly<Record<string, unknown>>, options: WaitOptions = {}): Promise<LogLine> {
    const describe = () => `a log line with ${inspect(fields)}; the last lines were\n${this.lastLines()}`;
    return waitFor(() => this.findLog(fields), { describe, ...options });
  }

  /** Waits for a line, JSON or not. */
  waitForLine(pattern: RegExp, options: WaitOptions = {}): Promise<string> {
    const describe = () => `a line like ${pattern}; the last lines were\n${this.lastLines()}`;
    return waitFor(() => this.lines.find((line) => pattern.test(line)), { describe, ...options });
  }

  lastLines(count = 15): string {
    return this.lines.slice(-count).join('\n');
  }

  private read(stream: Readable | null): void {
    let rest = '';
    stream?.setEncoding('utf8');
    stream?.on('data', (chunk: string) => {
      const lines = (rest + chunk).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) this.take(line);
    });
    stream?.on('end', () => rest !== '' && this.take(rest));
  }

  private take(line: string): void {
    this.lines.push(line);
    if (!line.startsWith('{')) return;
    try {
      this.logs.push(JSON.parse(line) as LogLine);
    } catch {
      // a line that only looks like JSON stays a plain line
    }
  }
}

function matches(value: unknown, wanted: unknown): boolean {
  if (wanted instanceof RegExp) {
    return value !== undefined && wanted.test(typeof value === 'string' ? value : JSON.stringify(value));
  }
  return Object.is(value, wanted);
}

function inspect(fields: Readonly<Record<string, unknown>>): string {
  return Object.entries(fields)
    .map(([key, wanted]) => `${key}=${String(wanted)}`)
    .join(', ');
}
