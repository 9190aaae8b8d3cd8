import type { Candle } from '../candle';
import { IndicatorSet } from './indicator-set';

function candle(index: number, close = 100 + Math.sin(index) * 5): Candle {
  return { time: index * 60, open: close, high: close + 1, low: close - 1, close, volume: 1 };
}

describe('the indicators of a product', () => {
  it('are warm after exactly as many candles as they say they need', () => {
    const indicators = new IndicatorSet();
    for (let fed = 1; fed < indicators.neededInputs; fed++) {
      expect(indicators.add(candle(fed))).toBeNull();
      expect(indicators.isWarm).toBe(false);
    }
    expect(indicators.unstable).toEqual(['MACD(12,26,9)']);
    expect(indicators.add(candle(indicators.neededInputs))).not.toBeNull();
    expect(indicators.isWarm).toBe(true);
    expect(indicators.fedInputs).toBe(34);
  });

  it('leave out a candle they have already seen, and an older one', () => {
    const indicators = new IndicatorSet();
    indicators.add(candle(5));
    indicators.add(candle(5));
    indicators.add(candle(4));
    expect(indicators.fedInputs).toBe(1);
  });

  it('read 100 for the RSI of a price that only rises, and the range for the ATR', () => {
    const indicators = new IndicatorSet();
    const readings = Array.from({ length: 40 }, (_, at) => indicators.add(candle(at, 100)));
    expect(readings.at(-1)).toMatchObject({ emaFast: 100, emaSlow: 100, macdHistogram: 0, atr: 2 });
    const rising = new IndicatorSet();
    const last = Array.from({ length: 40 }, (_, at) => rising.add(candle(at, 100 + at))).at(-1);
    expect(last?.rsi).toBe(100);
    expect(last?.emaFast).toBeGreaterThan(last?.emaSlow ?? Number.NaN);
  });
});
