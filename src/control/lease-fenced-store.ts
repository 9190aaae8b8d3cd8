/** The workload's store: the series of its exchange, written under its lease and guarded by its fencing token. */
import type { FencedStore, SeriesPoint } from '../exchange/fenced-store';
import { failpoint } from '../failpoints';
import type { FencedCommand, FencedWriter } from '../registry/fenced-writer';
import type { InstanceRegistry } from '../registry/instance-registry';
import type { Lease } from '../registry/lease';
import { FencedOutError, StoreUnavailableError } from '../registry/registry.errors';

export class LeaseFencedStore implements FencedStore {
  constructor(
    private readonly writer: FencedWriter,
    private readonly lease: Lease,
    private readonly registry: Pick<InstanceRegistry, 'instanceId'>,
  ) {}

  async putSeries(series: string, points: readonly SeriesPoint[], keep: number): Promise<void> {
    if (points.length === 0) return;
    this.lease.assertHeld();
    await failpoint('fenced-write.before-guard');
    const { exchange, claimId, fencingToken } = this.lease;
    const claim = { exchangeId: exchange.id, instanceId: this.registry.instanceId, claimId, fencingToken };
    const outcome = await this.writer.write(claim, replacePoints(series, points, keep));
    await failpoint('fenced-write.after-effect');
    if (outcome.outcome === 'unknown') throw outcome.error;
    if (outcome.outcome === 'fenced-out') throw this.#rejection(outcome.fencingToken);
  }

  /**
   * Only a greater token proves a newer holder. Otherwise Redis has lost the fence, or others wait because it may have;
   * the next renewal heals that or finds the claim lost, and until then nothing is decided.
   */
  #rejection(presentToken: number | null): Error {
    const { exchange, fencingToken } = this.lease;
    if (presentToken !== null && presentToken > fencingToken)
      return new FencedOutError(exchange, fencingToken, presentToken);
    const present = presentToken === null ? 'none' : `token ${presentToken}, not held`;
    return new StoreUnavailableError('a fenced write', `the fence does not show this claim (${present})`, {
      upshot: 'Nothing was written. The next renewal restores the fence, or finds that the claim is lost.',
    });
  }
}

/** A sorted set by position. The position also leads the member, so that equal values at two places stay two points. */
function replacePoints(series: string, points: readonly SeriesPoint[], keep: number): FencedCommand[] {
  return [
    ...points.map(({ at }): FencedCommand => ({ name: 'ZREMRANGEBYSCORE', key: series, args: [at, at] })),
    { name: 'ZADD', key: series, args: points.flatMap(({ at, value }) => [at, `${at} ${value}`]) },
    { name: 'ZREMRANGEBYRANK', key: series, args: [0, -(keep + 1)] },
  ];
}
