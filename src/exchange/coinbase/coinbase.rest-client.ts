/**
 * REST of the Coinbase Exchange: candles, politely.
 *
 * Every request waits its turn (8 in any one second; the exchange allows 10), has a time limit and a size limit, and is tried again when trying
 * can help: no answer, 429 (after what `Retry-After` asks for), 5xx, or an answer that is not what was asked for. Other
 * 4xx are final. Does not cache, and does not decide which candles are complete.
 */
import { type Clock, delay } from '../../clock';
import { messageOf } from '../../errors';
import { Backoff, type RandomSource } from '../backoff';
import type { Candle } from '../candle';
import { CANDLE_SECONDS, type CandleQuery } from '../exchange-adapter';
import { ExchangeRequestError, ExchangeRetryError } from './coinbase.errors';
import { candlePageSchema } from './coinbase.messages';
import type { CoinbaseTimings } from './coinbase.timings';
import { type HttpAnswer, httpGet } from './http-get';
import { retryAfterMs } from './retry-after';
import { TokenBucket } from './token-bucket';

const MAX_BODY_BYTES = 1_048_576;
const CANDLES_PER_PAGE = 300;
/** Small, so that requests that overtake each other on their way are still no more than ten when they arrive. */
const BURST = 2;

export interface RestClientOptions {
  readonly baseUrl: string;
  readonly timings: CoinbaseTimings;
  readonly clock: Clock;
  readonly random?: RandomSource;
  /** Added to every request: who is asking. Only for an exchange that wants to know (the simulator). */
  readonly identity: Readonly<Record<string, string>>;
  /** Told of every failed try that is followed by another. */
  readonly onRetry: (error: ExchangeRetryError) => void;
}

type Answer =
  | { readonly kind: 'candles'; readonly candles: Candle[] }
  | { readonly kind: 'again'; readonly problem: string; readonly afterMs: number; readonly cause?: unknown }
  | { readonly kind: 'refused'; readonly problem: string };

export class CoinbaseRestClient {
  private readonly bucket: TokenBucket;

  constructor(private readonly options: RestClientOptions) {
    const { clock, timings } = options;
    this.bucket = new TokenBucket({ clock, burst: BURST, perSecond: timings.requestsPerSecond });
  }

  /** See `ExchangeAdapter.fetchCandles`. */
  async fetchCandles({ product, from, to, signal, onPage }: CandleQuery): Promise<Candle[]> {
    const pages: Candle[][] = [];
    let read = 0;
    // Newest first, as the exchange gives them.
    for (let last = to; last >= from; last -= CANDLES_PER_PAGE * CANDLE_SECONDS) {
      const first = Math.max(from, last - (CANDLES_PER_PAGE - 1) * CANDLE_SECONDS);
      const page = await this.fetchPage(product, first, last, signal);
      pages.unshift(page);
      read += page.length;
      onPage?.(read);
    }
    return pages.flat();
  }

  private async fetchPage(product: string, from: number, to: number, signal: AbortSignal): Promise<Candle[]> {
    const { clock, random, timings } = this.options;
    const url = this.candlesUrl(product, from, to);
    const path = url.pathname + url.search;
    const backoff = new Backoff({ baseMs: timings.retryBaseMs, capMs: timings.retryCapMs, random });
    for (let attempt = 1; ; attempt += 1) {
      await this.bucket.take(signal);
      const answer = await this.ask(url, signal);
      signal.throwIfAborted();
      if (answer.kind === 'candles') {
        return answer.candles.filter(({ time }) => time >= from && time <= to && time % CANDLE_SECONDS === 0);
      }
      if (answer.kind === 'refused') throw new ExchangeRequestError(path, attempt, answer.problem);
      if (attempt >= timings.maxAttempts) {
        throw new ExchangeRequestError(path, attempt, answer.problem, { cause: answer.cause });
      }
      const waitMs = Math.max(backoff.nextMs(), Math.min(answer.afterMs, timings.retryAfterCapMs));
      this.options.onRetry(new ExchangeRetryError(path, attempt, answer.problem, waitMs));
      await delay(clock, waitMs, signal);
    }
  }

  private candlesUrl(product: string, from: number, to: number): URL {
    const base = this.options.baseUrl.replace(/\/+$/, '');
    const url = new URL(`${base}/products/${encodeURIComponent(product)}/candles`);
    url.searchParams.set('granularity', String(CANDLE_SECONDS));
    url.searchParams.set('start', new Date(from * 1000).toISOString());
    url.searchParams.set('end', new Date(to * 1000).toISOString());
    for (const [name, value] of Object.entries(this.options.identity)) url.searchParams.set(name, value);
    return url;
  }

  /** One try. Never rejects; an abort shows as `again`. */
  private async ask(url: URL, signal: AbortSignal): Promise<Answer> {
    const { clock, timings } = this.options;
    const limit = new AbortController();
    const abort = () => limit.abort(signal.reason);
    signal.addEventListener('abort', abort, { once: true });
    const timer = clock.setTimer(timings.requestTimeoutMs, () =>
      limit.abort(new Error(`no answer within ${timings.requestTimeoutMs} ms`)),
    );
    try {
      const answer = await httpGet(url, { signal: limit.signal, maxBytes: MAX_BODY_BYTES });
      return this.readAnswer(answer);
    } catch (error) {
      return { kind: 'again', problem: messageOf(error), afterMs: 0, cause: error };
    } finally {
      timer.cancel();
      signal.removeEventListener('abort', abort);
    }
  }

  private readAnswer({ status, retryAfter, text }: HttpAnswer): Answer {
    if (status === 429 || status >= 500) {
      const afterMs = retryAfterMs(retryAfter, this.options.clock.read().wallMs) ?? 0;
      return { kind: 'again', problem: `status ${status}`, afterMs };
    }
    if (status !== 200) return { kind: 'refused', problem: `status ${status} ${text.slice(0, 120)}`.trim() };
    return readCandles(text);
  }
}

function again(problem: string): Answer {
  return { kind: 'again', problem, afterMs: 0 };
}

function readCandles(text: string): Answer {
  if (text.trim() === '') return again('an empty answer');
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return again('an answer that is not JSON');
  }
  const parsed = candlePageSchema.safeParse(json);
  return parsed.success
    ? { kind: 'candles', candles: parsed.data }
    : again('an answer that is not a list of candles');
}
