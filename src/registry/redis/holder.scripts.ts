/** What a holder does under its claim: renew, write, release. */
import type {
  Lost,
  ReleaseOutcome,
  ReleaseRequest,
  RenewOutcome,
  RenewRequest,
  WriteOutcome,
  WriteRequest,
} from '../lease-store';
import { statusText } from '../status-text';
import { eventArguments, plainId } from './event-arguments';
import { claimKeys, keys } from './keys';
import type { Reply } from './reply';
import { defineScript } from './script';

const LOST_CAUSES: readonly Lost['cause'][] = ['claimed-by-other', 'revoked', 'released', 'expired'];

export const renewScript = defineScript<RenewRequest, RenewOutcome>({
  name: 'renew',
  keys: ({ exchangeId, instanceId }) => [
    keys.status(exchangeId),
    keys.fence(exchangeId),
    keys.journal(exchangeId, instanceId),
  ],
  argv: (request) => [
    request.claimId,
    request.fencingToken,
    plainId('instanceId', request.instanceId),
    request.ttlMs,
    request.status.revision,
    statusText(request.status),
    request.expiresAtMs,
  ],
  parse: (reply) => {
    if (reply.text(1) !== 'renewed') return readLost(reply);
    return {
      outcome: 'renewed',
      healed: reply.number(2) === 1,
      storeTimeMs: reply.number(3),
      loggedSeq: reply.number(4),
    };
  },
});

export const writeScript = defineScript<WriteRequest, WriteOutcome>({
  name: 'write',
  keys: claimKeys,
  argv: (request) => [
    request.claimId,
    request.fencingToken,
    request.status.revision,
    statusText(request.status),
    request.ttlMs,
    ...eventArguments(request.events),
  ],
  parse: (reply) => {
    const outcome = reply.text(1);
    if (outcome === 'written') return { outcome, storeTimeMs: reply.number(2), loggedSeq: reply.number(3) };
    if (outcome === 'missing') return { outcome, loggedSeq: reply.number(2) };
    return readLost(reply);
  },
});

export const releaseScript = defineScript<ReleaseRequest, ReleaseOutcome>({
  name: 'release',
  keys: claimKeys,
  argv: (request) => [
    request.claimId,
    request.fencingToken,
    plainId('instanceId', request.instanceId),
    ...eventArguments(request.events),
  ],
  parse: (reply) => {
    const outcome = reply.text(1);
    const loggedSeq = reply.number(2);
    if (outcome === 'released') return { outcome, loggedSeq };
    if (outcome === 'not-held') return { outcome, holder: reply.holder(3), loggedSeq };
    return reply.unexpected();
  },
});

function readLost(reply: Reply): Lost {
  const cause = LOST_CAUSES.find((known) => known === reply.text(2));
  if (reply.text(1) !== 'lost' || cause === undefined) return reply.unexpected();
  return { outcome: 'lost', cause, loggedSeq: reply.number(3), holder: reply.holder(4) };
}
