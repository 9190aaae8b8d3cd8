import { FakeClock } from '../../fake-clock';
import type { Candle } from '../candle';
import type { CandleQuery, ExchangeAdapter } from '../exchange-adapter';
import type { WorkloadAlert } from '../workload';
import type { CandleWriter } from './candle-writer';
import { compileMarketDataOptions } from './market-data.options';
import { ProductDesk } from './product-desk';

const PRODUCT = 'BTC-USD';
const MINUTE_MS = 60_000;

/** A product whose history says what the test wants it to; live from minute 0 on, in which its feed began. */
async function liveDesk(clock: FakeClock) {
  const finals: Candle[] = [];
  const errors: string[] = [];
  const alerts: WorkloadAlert[] = [];
  let history: (query: CandleQuery) => Candle[] = () => [];
  let readings = 0;
  const adapter = {
    fetchCandles: async (query: CandleQuery) => {
      readings += 1;
      return history(query);
    },
  } as unknown as ExchangeAdapter;
  const writer = {
    putFinal: (_product: string, candles: readonly Candle[]) => void finals.push(...candles),
    putOpen: () => undefined,
  } as unknown as CandleWriter;
  const desk = new ProductDesk({
    product: PRODUCT,
    adapter,
    writer,
    settings: compileMarketDataOptions({ historyMinutes: 1 }),
    clock,
    raiseAlert: (alert) => alerts.push(alert),
    recordError: (error) => errors.push(String(error)),
    recordFailure: (error) => errors.push(`failure ${String(error)}`),
  });
  const startMs = Math.floor(clock.read().wallMs / MINUTE_MS) * MINUTE_MS;
  let tradeId = 0;
  const tradeAt = (second: number, price: number) => {
    tradeId += 1;
    const timeMs = startMs + second * 1_000;
    desk.handle({
      kind: 'trade',
      product: PRODUCT,
      trade: { product: PRODUCT, tradeId, timeMs, price, size: 1 },
    });
  };
  const interrupt = () => desk.handle({ kind: 'interruption', product: PRODUCT, cause: 'a test' });
  const candle = (minute: number, close: number, volume = 1): Candle => ({
    time: startMs / 1_000 + minute * 60,
    open: close,
    high: close,
    low: close,
    close,
    volume,
  });
  await desk.backfill(startMs, new AbortController().signal, () => {});
  desk.goLive();
  tradeAt(1, 100);
  history = () => [candle(0, 100)];
  tradeAt(65, 101);
  await clock.settle();
  expect(finals).toEqual([candle(0, 100)]);
  return {
    desk,
    tradeAt,
    interrupt,
    candle,
    finals,
    errors,
    alerts,
    say: (next: typeof history) => (history = next),
    readings: () => readings,
  };
}

describe('a history that lags', () => {
  let clock: FakeClock;
  beforeEach(() => (clock = new FakeClock()));
  afterEach(() => expect(clock.pendingTimers).toBe(0));

  it('is read again until it has what was seen live, for five minutes', async () => {
    const { tradeAt, interrupt, candle, finals, errors, alerts, say, readings } = await liveDesk(clock);
    say(() => []);
    interrupt();
    tradeAt(70, 101);
    tradeAt(125, 102);
    await clock.advance(299_000);
    expect(readings()).toBeGreaterThan(15);
    expect([finals.length, errors, alerts]).toEqual([1, [], []]);
    say(() => [candle(1, 101, 2)]);
    await clock.advance(15_000);
    expect(finals.slice(1)).toEqual([candle(1, 101, 2)]);
    expect(errors).toEqual([]);
    expect(alerts.map(({ name }) => name)).toEqual(['feed-recovered']);
  });

  it('and lags on is taken as it is, with what was seen of a minute that it has not at all; nothing is called complete', async () => {
    const { tradeAt, interrupt, candle, finals, errors, alerts, say } = await liveDesk(clock);
    say(() => []);
    interrupt();
    tradeAt(70, 101);
    tradeAt(125, 102);
    await clock.advance(320_000);
    expect(finals.slice(1)).toEqual([candle(1, 101, 2)]);
    expect(errors).toEqual([expect.stringContaining('still lacks trades that were seen live')]);
    expect(alerts).toEqual([]);
  });
});
