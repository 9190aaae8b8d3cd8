/**
 * The REST interface as a pure function: a path, a query and a time in, a status and a JSON body out.
 *
 * Knows nothing of sockets, faults or rates.
 */
import { MAX_CANDLES, parseCandleQuery } from './candle-query';
import type { Market, Trade } from './market';
import { restProduct, restTicker, restTrade } from './wire';

export interface RestAnswer {
  readonly status: number;
  readonly body: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** What a path asks for; `product` is as written, known or not. */
export interface RestTarget {
  readonly product: string | undefined;
  readonly resource: string;
}

const MAX_TRADES = 1_000;
const NOT_FOUND: RestAnswer = { status: 404, body: { message: 'NotFound' } };

/** Takes a path apart: `/products/BTC-USD/candles` is `{ product: 'BTC-USD', resource: 'candles' }`. */
export function targetOf(pathname: string): RestTarget {
  const parts = pathname.split('/').slice(1);
  if (parts[0] !== 'products' || parts.length < 2) return { product: undefined, resource: pathname };
  return { product: decoded(parts[1] ?? ''), resource: parts.slice(2).join('/') };
}

export class RestRoutes {
  constructor(private readonly markets: ReadonlyMap<string, Market>) {}

  answer(url: URL, nowMs: number): RestAnswer {
    const target = targetOf(url.pathname);
    if (target.product === undefined) return this.answerGeneral(target.resource, nowMs);
    const market = this.markets.get(target.product);
    if (market === undefined) return NOT_FOUND;
    switch (target.resource) {
      case '':
        return ok(restProduct(market.profile));
      case 'ticker':
        return ok(restTicker(market, nowMs));
      case 'candles':
        return candles(market, url.searchParams, nowMs);
      case 'trades':
        return trades(market, url.searchParams, nowMs);
      default:
        return NOT_FOUND;
    }
  }

  private answerGeneral(path: string, nowMs: number): RestAnswer {
    if (path === '/products')
      return ok([...this.markets.values()].map(({ profile }) => restProduct(profile)));
    if (path === '/time') return ok({ iso: new Date(nowMs).toISOString(), epoch: nowMs / 1000 });
    return NOT_FOUND;
  }
}

function candles(market: Market, search: URLSearchParams, nowMs: number): RestAnswer {
  const query = parseCandleQuery(search, nowMs);
  if (query.outcome === 'refused') return refused(query.message);
  const newestFirst = market.candles(query.granularityS, query.fromS, query.toS, nowMs).toReversed();
  const rows = newestFirst.map(({ time, low, high, open, close, volume }) => [
    time,
    low,
    high,
    open,
    close,
    volume,
  ]);
  return ok(rows.slice(0, MAX_CANDLES));
}

/** Newest first; `after` asks for older trades than an id, `before` for newer ones, `limit` for 1 to 1,000. */
function trades(market: Market, search: URLSearchParams, nowMs: number): RestAnswer {
  const limit = wholeOf(search.get('limit') ?? String(MAX_TRADES));
  const after = wholeOf(search.get('after') ?? String(Number.MAX_SAFE_INTEGER));
  const before = wholeOf(search.get('before') ?? '0');
  if (limit === undefined || limit < 1 || limit > MAX_TRADES) return refused('Invalid limit; 1 to 1000');
  if (after === undefined || before === undefined) return refused('Invalid cursor; a trade id');
  const newest = Math.min(market.lastTrade(nowMs).id, after - 1);
  const found: Trade[] = [];
  for (let id = newest; id > before && id > 0 && found.length < limit; id--) found.push(market.trade(id));
  const [first, last] = [found[0], found.at(-1)];
  const cursors: Record<string, string> =
    first && last ? { 'cb-before': String(first.id), 'cb-after': String(last.id) } : {};
  return { ...ok(found.map((trade) => restTrade(market.profile, trade))), headers: cursors };
}

function wholeOf(text: string): number | undefined {
  const value = Number(text);
  return /^\d+$/.test(text) && Number.isSafeInteger(value) ? value : undefined;
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

function ok(body: unknown): RestAnswer {
  return { status: 200, body };
}

function refused(message: string): RestAnswer {
  return { status: 400, body: { message } };
}
