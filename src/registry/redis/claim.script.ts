import { predecessorSchema, type Predecessor } from '../activity';
import type { ClaimOutcome, ClaimRequest } from '../lease-store';
import { claimGivenBackBefore } from '../registry.errors';
import { splitStatusText } from '../status-text';
import { eventArguments, plainId } from './event-arguments';
import { claimKeys } from './keys';
import type { Reply } from './reply';
import { defineScript } from './script';
import { UnexpectedReplyError } from './store-failure';

export const claimScript = defineScript<ClaimRequest, ClaimOutcome>({
  name: 'claim',
  keys: claimKeys,
  argv: (request) => {
    const { head, tail } = splitStatusText(request.status);
    return [
      plainId('claimId', request.claimId),
      plainId('instanceId', request.instanceId),
      request.ttlMs,
      head,
      tail,
      request.replaceDeadClaimId ?? '',
      request.emptyStoreGrace ? 1 : 0,
      ...eventArguments(request.events),
    ];
  },
  parse: (reply) => {
    const outcome = reply.text(1);
    switch (outcome) {
      case 'claimed':
        return {
          outcome,
          claimId: reply.text(0),
          fencingToken: reply.number(2),
          predecessor: readPredecessor(reply.text(3)),
          storeTimeMs: reply.number(4),
          replicas: 0,
          loggedSeq: reply.number(5),
        };
      case 'refused':
      case 'poisoned':
        return { outcome, ...reply.holderPresent(2) };
      case 'deferred':
        return { outcome, reason: readReason(reply), retryAfterMs: reply.number(3) };
      case 'ended':
        throw claimGivenBackBefore();
      default:
        return reply.unexpected();
    }
  },
});

function readReason(reply: Reply): 'empty-store' | 'revoked' {
  const reason = reply.text(2);
  return reason === 'empty-store' || reason === 'revoked' ? reason : reply.unexpected();
}

/** Reads what a script wrote about the claim before; `null` for the first one ever. */
export function readPredecessor(json: string): Predecessor | null {
  const value: unknown = JSON.parse(json);
  if (value === null) return null;
  const predecessor = predecessorSchema.safeParse(value);
  if (predecessor.success) return predecessor.data;
  throw new UnexpectedReplyError('no predecessor');
}
