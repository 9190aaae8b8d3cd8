/** What is logged through Nest from now on, instead of being printed. */
import { Logger } from '@nestjs/common';

export type LogLine = { readonly level: string } & Readonly<Record<string, unknown>>;

/** The lines so far, as they come: their fields, and the level. */
export function logLines(): LogLine[] {
  const lines: LogLine[] = [];
  const at = (level: string) => (line: object) => void lines.push({ ...line, level });
  Logger.overrideLogger({
    log: at('log'),
    error: at('error'),
    warn: at('warn'),
    debug: at('debug'),
    verbose: at('verbose'),
    fatal: at('fatal'),
  });
  return lines;
}
