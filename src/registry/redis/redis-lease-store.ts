/**
 * The lease store on Redis: each operation is one Lua script, so it is atomic and takes one round trip.
 *
 * Decides how requests travel and what a missing, late or foreign answer means (`unknown`). The rules of claiming
 * are in scripts/. Does not retry: sending again is the caller's decision, and always harmless.
 *
 * With asynchronous replication a failover can lose the last writes; `waitReplicas` narrows that window.
 */
import { randomUUID } from 'node:crypto';
import type {
  AppendOutcome,
  AppendRequest,
  ClaimOutcome,
  ClaimRequest,
  LeaseStore,
  ReadOutcome,
  ReleaseOutcome,
  ReleaseRequest,
  RenewOutcome,
  RenewRequest,
  RevokeOutcome,
  RevokeRequest,
  Unknown,
  WriteOutcome,
  WriteRequest,
} from '../lease-store';
import { claimScript } from './claim.script';
import { callClaimAndWait } from './claim-wait';
import { releaseScript, renewScript, writeScript } from './holder.scripts';
import { keys } from './keys';
import { appendScript, readScript, revokeScript } from './observer.scripts';
import type { RedisLike } from './redis-like';
import { callScript, type Script } from './script';
import { callScriptForEach } from './script-batch';
import { unknownOutcome } from './store-failure';

export class RedisLeaseStore implements LeaseStore {
  /** Exchanges whose predecessor's key this process has deleted. */
  private readonly cleared = new Set<number>();

  /** `forBulk`: over which many exchanges are read at once, so that their replies keep none to a renewal waiting. */
  constructor(
    private readonly client: RedisLike,
    private readonly forBulk: () => Promise<RedisLike> = async () => client,
  ) {}

  async claim(request: ClaimRequest): Promise<ClaimOutcome> {
    try {
      const outcome =
        request.waitReplicas > 0
          ? await callClaimAndWait(this.client, request)
          : await callScript(this.client, claimScript, request);
      if (outcome.outcome === 'claimed') this.clearLegacyStatus(request.exchangeId);
      return outcome;
    } catch (error) {
      return unknownOutcome('claim', error);
    }
  }

  renew(requests: readonly RenewRequest[]): Promise<RenewOutcome[]> {
    return this.askForEach('renew', renewScript, requests);
  }

  write(request: WriteRequest): Promise<WriteOutcome> {
    return this.ask('write', writeScript, request);
  }

  release(request: ReleaseRequest): Promise<ReleaseOutcome> {
    return this.ask('release', releaseScript, request);
  }

  append(request: AppendRequest): Promise<AppendOutcome> {
    return this.ask('append', appendScript, { ...request, requestId: randomUUID() });
  }

  revoke(request: RevokeRequest): Promise<RevokeOutcome> {
    return this.ask('revoke', revokeScript, { ...request, requestId: randomUUID() });
  }

  async read(exchangeIds: readonly number[]): Promise<ReadOutcome[]> {
    const requests = exchangeIds.map((exchangeId) => ({ exchangeId, requestId: randomUUID() }));
    try {
      const client = requests.length > 1 ? await this.forBulk() : this.client;
      return await this.askForEach('read', readScript, requests, client);
    } catch (error) {
      return requests.map(() => unknownOutcome('read', error));
    }
  }

  private async ask<Request, Outcome>(
    operation: string,
    script: Script<Request, Outcome>,
    request: Request,
  ): Promise<Outcome | Unknown> {
    try {
      return await callScript(this.client, script, request);
    } catch (error) {
      return unknownOutcome(operation, error);
    }
  }

  private async askForEach<Request, Outcome>(
    operation: string,
    script: Script<Request, Outcome>,
    requests: readonly Request[],
    client: RedisLike = this.client,
  ): Promise<(Outcome | Unknown)[]> {
    const settled = await callScriptForEach(client, script, requests);
    return settled.map((result) =>
      result.status === 'fulfilled' ? result.value : unknownOutcome(operation, result.reason),
    );
  }

  /** Once per exchange and process, beside the claim and not part of it: the key is in another slot on Cluster. */
  private clearLegacyStatus(exchangeId: number): void {
    if (this.cleared.has(exchangeId)) return;
    this.cleared.add(exchangeId);
    this.client.call('del', keys.legacyStatus(exchangeId)).catch(() => this.cleared.delete(exchangeId));
  }
}
