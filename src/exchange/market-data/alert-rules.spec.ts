import { alertsOf } from './alert-rules';
import type { IndicatorReading } from './indicator-set';

const calm: IndicatorReading = {
  candle: { time: 0, open: 100, high: 101, low: 99, close: 100, volume: 1 },
  emaFast: 101,
  emaSlow: 100,
  rsi: 50,
  macdHistogram: 0,
  atr: 2,
};
const wide = { ...calm.candle, high: 108, low: 100 };

describe('alerts', () => {
  it.each<[string, Partial<IndicatorReading>, Partial<IndicatorReading>, string[]]>([
    ['nothing happens', {}, {}, []],
    ['the RSI rises to 70', { rsi: 69.9 }, { rsi: 70 }, ['rsi-overbought']],
    ['the RSI stays above 70', { rsi: 70 }, { rsi: 75 }, []],
    ['the RSI comes back from above 70', { rsi: 75 }, { rsi: 65 }, []],
    ['the RSI falls to 30', { rsi: 30.1 }, { rsi: 30 }, ['rsi-oversold']],
    ['the RSI stays below 30', { rsi: 20 }, { rsi: 25 }, []],
    ['the EMAs cross upwards', { emaFast: 100, emaSlow: 100 }, { emaFast: 101 }, ['ema-cross-up']],
    ['the EMAs cross downwards', {}, { emaFast: 99 }, ['ema-cross-down']],
    ['the EMAs meet', {}, { emaFast: 100 }, []],
    ['a minute spans four usual ranges', {}, { candle: wide }, ['range-spike']],
    ['there was no range to compare with', { atr: 0 }, { candle: wide }, []],
    ['two things happen at once', { rsi: 60 }, { rsi: 80, candle: wide }, ['rsi-overbought', 'range-spike']],
  ])('when %s', (_, before, now, expected) => {
    const alerts = alertsOf('BTC-USD', { ...calm, ...before }, { ...calm, ...now });
    expect(alerts.map((alert) => alert.name)).toEqual(expected);
  });

  it('are not raised by the first reading', () => {
    expect(alertsOf('BTC-USD', null, { ...calm, rsi: 99 })).toEqual([]);
  });

  it('say which product, when and at what price', () => {
    const [alert] = alertsOf('BTC-USD', calm, { ...calm, rsi: 71 });
    expect(alert?.message).toBe('BTC-USD: RSI rose to 71.0');
    expect(alert?.data).toMatchObject({ product: 'BTC-USD', time: '1970-01-01T00:00:00.000Z', close: 100 });
  });
});
