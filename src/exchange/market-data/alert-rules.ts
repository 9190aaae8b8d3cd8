/**
 * When the market deserves an operator's attention: pure rules on two consecutive readings.
 */
import type { WorkloadAlert } from '../workload';
import type { IndicatorReading } from './indicator-set';

export const RSI_OVERBOUGHT = 70;
export const RSI_OVERSOLD = 30;
/** A candle that spans this many times the usual range. */
export const RANGE_SPIKE = 4;

type Rule = (product: string, before: IndicatorReading, now: IndicatorReading) => WorkloadAlert | null;

const rsiCrossing: Rule = (product, before, now) => {
  if (before.rsi < RSI_OVERBOUGHT && now.rsi >= RSI_OVERBOUGHT) {
    return alert('rsi-overbought', product, now, `RSI rose to ${now.rsi.toFixed(1)}`);
  }
  if (before.rsi > RSI_OVERSOLD && now.rsi <= RSI_OVERSOLD) {
    return alert('rsi-oversold', product, now, `RSI fell to ${now.rsi.toFixed(1)}`);
  }
  return null;
};

const emaCrossing: Rule = (product, before, now) => {
  const difference = now.emaFast - now.emaSlow;
  const earlier = before.emaFast - before.emaSlow;
  if (earlier <= 0 && difference > 0)
    return alert('ema-cross-up', product, now, 'the fast EMA crossed above the slow');
  if (earlier >= 0 && difference < 0) {
    return alert('ema-cross-down', product, now, 'the fast EMA crossed below the slow');
  }
  return null;
};

const rangeSpike: Rule = (product, before, now) => {
  const range = now.candle.high - now.candle.low;
  // Against the range before this candle: it is itself part of the new one.
  if (before.atr <= 0 || range < RANGE_SPIKE * before.atr) return null;
  return alert(
    'range-spike',
    product,
    now,
    `a minute spans ${(range / before.atr).toFixed(1)} times the usual range`,
  );
};

const RULES: readonly Rule[] = [rsiCrossing, emaCrossing, rangeSpike];

/** The alerts due to the step from one reading to the next. A first reading, having no step, raises none. */
export function alertsOf(
  product: string,
  before: IndicatorReading | null,
  now: IndicatorReading,
): WorkloadAlert[] {
  if (before === null) return [];
  return RULES.map((rule) => rule(product, before, now)).filter((raised) => raised !== null);
}

function alert(
  name: string,
  product: string,
  { candle, rsi, emaFast, emaSlow, atr }: IndicatorReading,
  text: string,
) {
  return {
    name,
    message: `${product}: ${text}`,
    data: {
      product,
      time: new Date(candle.time * 1000).toISOString(),
      close: candle.close,
      rsi,
      emaFast,
      emaSlow,
      atr,
    },
  };
}
