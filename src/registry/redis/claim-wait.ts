/**
 * A claim that counts only after replicas have it: script and WAIT in one flight.
 *
 * WAIT names no key; in a pipeline ioredis sends it to the node of the claim's keys, so it is right on Cluster too.
 * WAIT blocks this connection for up to `waitTimeoutMs`, which therefore must stay below the command timeout.
 */
import type { ClaimOutcome, ClaimRequest } from '../lease-store';
import { claimScript } from './claim.script';
import type { RedisLike } from './redis-like';
import { isNoScript, readReply, scriptArguments } from './script';
import { UnexpectedReplyError } from './store-failure';

export async function callClaimAndWait(client: RedisLike, request: ClaimRequest): Promise<ClaimOutcome> {
  const args = scriptArguments(claimScript, request);
  let replies = await send(client, request, ['evalsha', claimScript.sha, ...args]);
  if (isNoScript(replies[0]?.[0]))
    replies = await send(client, request, ['eval', claimScript.source, ...args]);

  const [[claimError, raw] = [], [waitError, replicas] = []] = replies;
  if (claimError) throw claimError;
  const outcome = readReply(claimScript, request, raw);
  if (outcome.outcome !== 'claimed') return outcome;
  if (waitError) throw waitError;
  if (typeof replicas !== 'number') throw new UnexpectedReplyError('WAIT gave no number of replicas');
  return { ...outcome, replicas };
}

async function send(
  client: RedisLike,
  { waitReplicas, waitTimeoutMs }: ClaimRequest,
  [command, ...args]: [string, ...(string | number)[]],
): Promise<[Error | null, unknown][]> {
  const pipeline = client.pipeline();
  pipeline.call(command, ...args);
  pipeline.call('wait', waitReplicas, waitTimeoutMs);
  return (await pipeline.exec()) ?? [];
}
