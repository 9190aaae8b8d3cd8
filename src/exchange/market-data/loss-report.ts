/**
 * Tells of lost trades without filling the log, which is of limited length: of each product the first loss at once, and what
 * follows at most once a minute, as a sum.
 */
import { type Clock, delay } from '../../clock';
import { TradesMissedError } from './market-data.errors';

const SILENT_MS = 60_000;

export interface LossReportOptions {
  readonly clock: Clock;
  /** Ends the waiting; what was not told by then is not told. */
  readonly signal: AbortSignal;
  readonly tell: (error: TradesMissedError) => void;
}

export class LossReport {
  /** What was lost since a product was told of less than a minute ago. */
  private readonly untold = new Map<string, number>();

  constructor(private readonly options: LossReportOptions) {}

  note(product: string, missing: number): void {
    const untold = this.untold.get(product);
    if (untold === undefined) this.tell(product, missing);
    else this.untold.set(product, untold + missing);
  }

  private tell(product: string, missing: number): void {
    const { clock, signal, tell } = this.options;
    this.untold.set(product, 0);
    tell(new TradesMissedError(product, missing));
    delay(clock, SILENT_MS, signal).then(
      () => this.goOn(product),
      () => {},
    );
  }

  private goOn(product: string): void {
    const untold = this.untold.get(product) ?? 0;
    this.untold.delete(product);
    if (untold > 0) this.tell(product, untold);
  }
}
