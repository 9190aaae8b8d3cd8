/**
 * The indicators of one product, fed with final one-minute candles.
 *
 * Decides when they may be trusted: when every one of them is stable. Decides nothing about alerts.
 */
import { ATR, EMA, MACD, RSI } from 'trading-signals';
import type { Candle } from '../candle';

/** What the indicators say after a candle. */
export interface IndicatorReading {
  readonly candle: Candle;
  readonly emaFast: number;
  readonly emaSlow: number;
  /** 0 to 100. */
  readonly rsi: number;
  readonly macdHistogram: number;
  /** Typical range of a candle, in quote currency. */
  readonly atr: number;
}

interface Member {
  readonly name: string;
  readonly neededInputs: number;
  isStable(): boolean;
}

const FAST = 12;
const SLOW = 26;
const SIGNAL = 9;
const RSI_LENGTH = 14;
const ATR_LENGTH = 14;

export class IndicatorSet {
  private readonly emaFast = new EMA(FAST);
  private readonly emaSlow = new EMA(SLOW);
  private readonly rsi = new RSI(RSI_LENGTH);
  private readonly macd = new MACD(new EMA(FAST), new EMA(SLOW), new EMA(SIGNAL));
  private readonly atr = new ATR(ATR_LENGTH);
  private readonly members: readonly Member[] = [
    member(`EMA(${FAST})`, this.emaFast),
    member(`EMA(${SLOW})`, this.emaSlow),
    member(`RSI(${RSI_LENGTH})`, this.rsi),
    member(`ATR(${ATR_LENGTH})`, this.atr),
    {
      name: `MACD(${FAST},${SLOW},${SIGNAL})`,
      // The library calls MACD stable with its first value; its signal line needs as many more of those.
      neededInputs: this.macd.getRequiredInputs() + this.macd.signal.getRequiredInputs() - 1,
      isStable: () => this.macd.isStable && this.macd.signal.isStable,
    },
  ];
  private lastTime = Number.NEGATIVE_INFINITY;
  private inputs = 0;

  /** Candles fed so far. */
  get fedInputs(): number {
    return this.inputs;
  }

  /** Candles needed until every indicator is stable. */
  get neededInputs(): number {
    return Math.max(...this.members.map((each) => each.neededInputs));
  }

  get isWarm(): boolean {
    return this.members.every((each) => each.isStable());
  }

  /** Names of the indicators that are not stable yet. */
  get unstable(): string[] {
    return this.members.filter((each) => !each.isStable()).map((each) => each.name);
  }

  /**
   * Takes a final candle and reads the indicators; `null` while they are not warm. A candle that is not newer than
   * the last is left out: what was fed cannot be taken back.
   */
  add(candle: Candle): IndicatorReading | null {
    if (candle.time <= this.lastTime) return null;
    this.lastTime = candle.time;
    this.inputs += 1;
    this.emaFast.add(candle.close);
    this.emaSlow.add(candle.close);
    this.rsi.add(candle.close);
    this.macd.add(candle.close);
    this.atr.add(candle);
    if (!this.isWarm) return null;
    return {
      candle,
      emaFast: this.emaFast.getResultOrThrow(),
      emaSlow: this.emaSlow.getResultOrThrow(),
      rsi: this.rsi.getResultOrThrow(),
      macdHistogram: this.macd.getResultOrThrow().histogram,
      atr: this.atr.getResultOrThrow(),
    };
  }
}

function member(
  name: string,
  indicator: { readonly isStable: boolean; getRequiredInputs(): number },
): Member {
  return { name, neededInputs: indicator.getRequiredInputs(), isStable: () => indicator.isStable };
}
