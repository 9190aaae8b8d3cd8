/** At most so many requests of one client in any one second. */
const WINDOW_MS = 1_000;
const MAX_CLIENTS = 1_000;

export class RequestRate {
  private readonly recent = new Map<string, number[]>();

  constructor(
    private readonly maxPerSecond: number,
    private readonly now: () => number,
  ) {}

  /** True, and counted, if this client may ask now. A refused request is not counted. */
  admit(client: string): boolean {
    const now = this.now();
    const recent = (this.recent.get(client) ?? []).filter((at) => now - at < WINDOW_MS && at <= now);
    const admitted = recent.length < this.maxPerSecond;
    if (admitted) recent.push(now);
    this.recent.delete(client);
    this.recent.set(client, recent);
    const oldest = this.recent.keys().next();
    if (this.recent.size > MAX_CLIENTS && !oldest.done) this.recent.delete(oldest.value);
    return admitted;
  }
}
