import type { StartupPhase, StartupProgress } from '../workload';

/** Which part of the whole start each phase is, in percent: where it begins and where it ends. */
const SPAN: Readonly<Record<StartupPhase, readonly [from: number, to: number]>> = {
  connect: [0, 10],
  backfill: [10, 70],
  indicators: [70, 100],
};

/** Turns "this much of that phase" into one percentage of the whole start, which never goes back. */
export class StartupReport {
  private percent = 0;

  constructor(private readonly report: (progress: StartupProgress) => void) {}

  show(phase: StartupPhase, current: number, total: number, item: string | null): void {
    const [from, to] = SPAN[phase];
    const part = total === 0 ? 1 : Math.min(1, current / total);
    this.percent = Math.max(this.percent, Math.floor(from + (to - from) * part));
    this.report({ phase, percent: this.percent, current, total, item });
  }
}
