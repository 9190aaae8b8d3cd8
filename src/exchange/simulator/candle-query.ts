/** Reads the query of `GET /products/:id/candles`, and refuses what the exchange refuses. */
import { GRANULARITIES } from './market';

/** The most one request gets. */
export const MAX_CANDLES = 300;

export type CandleQuery =
  | {
      readonly outcome: 'range';
      readonly granularityS: number;
      /** Open times of the first and last candle asked for, both included; Unix seconds. */
      readonly fromS: number;
      readonly toS: number;
    }
  | { readonly outcome: 'refused'; readonly message: string };

/**
 * `start` and `end` are ISO 8601 or Unix seconds, both included; unless both are given, the last 300 candles are
 * meant. More than 300 is refused, never cut short: a client that counts wrongly must hear of it.
 */
export function parseCandleQuery(query: URLSearchParams, nowMs: number): CandleQuery {
  const granularityS = Number(query.get('granularity') ?? 60);
  if (!GRANULARITIES.some((known) => known === granularityS)) {
    return refused(
      `Unsupported granularity ${query.get('granularity')}; supported are ${GRANULARITIES.toReversed().join(', ')}`,
    );
  }
  const [start, end] = [query.get('start'), query.get('end')];
  if (start === null || end === null) {
    const toS = Math.floor(nowMs / 1000 / granularityS) * granularityS;
    return { outcome: 'range', granularityS, fromS: toS - (MAX_CANDLES - 1) * granularityS, toS };
  }
  const [fromS, toS] = [secondsOf(start), secondsOf(end)];
  if (fromS === undefined) return refused(`Invalid start ${start}; ISO 8601 or Unix seconds`);
  if (toS === undefined) return refused(`Invalid end ${end}; ISO 8601 or Unix seconds`);
  if (toS < fromS) return refused('Invalid range: end is before start');
  const count = Math.floor(toS / granularityS) - Math.ceil(fromS / granularityS) + 1;
  if (count > MAX_CANDLES) {
    return refused(
      `granularity too small for the requested time range. Count of aggregations requested exceeds ${MAX_CANDLES}`,
    );
  }
  return { outcome: 'range', granularityS, fromS, toS };
}

function secondsOf(text: string): number | undefined {
  const seconds = /^\d{1,12}(\.\d{1,9})?$/.test(text) ? Number(text) : Date.parse(text) / 1000;
  return Number.isFinite(seconds) ? seconds : undefined;
}

function refused(message: string): CandleQuery {
  return { outcome: 'refused', message };
}
