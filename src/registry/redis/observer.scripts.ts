/** What anybody may do without holding: revoke on an operator's word, append events, look. */
import type { AppendOutcome, AppendRequest, ReadOutcome, RevokeOutcome, RevokeRequest } from '../lease-store';
import { eventArguments } from './event-arguments';
import { claimKeys, keys } from './keys';
import { defineScript } from './script';
import { UnexpectedReplyError } from './store-failure';

/** A request that has no id of its own carries a random one, to be echoed. */
export interface Echoed {
  readonly requestId: string;
}

export const revokeScript = defineScript<RevokeRequest & Echoed, RevokeOutcome>({
  name: 'revoke',
  keys: claimKeys,
  argv: (request) => [
    request.requestId,
    request.fencingToken ?? '',
    request.holderIsDead ? 1 : 0,
    request.ttlMs,
    request.emptyStoreGrace ? 1 : 0,
    ...eventArguments(request.events),
  ],
  parse: (reply) => {
    const outcome = reply.text(1);
    switch (outcome) {
      case 'revoked':
        return {
          outcome,
          claimableInMs: reply.number(2),
          loggedSeq: reply.number(3),
          holder: reply.holderPresent(4),
        };
      case 'token-mismatch':
        return { outcome, fencingToken: reply.numberOrNull(2), holder: reply.holderPresent(3) };
      case 'not-held':
        return { outcome };
      default:
        return reply.unexpected();
    }
  },
});

export const appendScript = defineScript<AppendRequest & Echoed, AppendOutcome>({
  name: 'append',
  keys: ({ exchangeId, instanceId }) => [keys.activity(exchangeId), keys.journal(exchangeId, instanceId)],
  argv: ({ requestId, events }) => [requestId, ...eventArguments(events)],
  parse: (reply, { events }) => {
    const loggedSeq = reply.number(1);
    if (loggedSeq < (events.at(-1)?.seq ?? 0)) {
      throw new UnexpectedReplyError('the activity stream takes no entries; is Redis out of memory?');
    }
    return { outcome: 'appended', loggedSeq };
  },
});

export const readScript = defineScript<{ readonly exchangeId: number } & Echoed, ReadOutcome>({
  name: 'read',
  keys: ({ exchangeId }) => [keys.status(exchangeId), keys.fence(exchangeId)],
  argv: ({ requestId }) => [requestId],
  parse: (reply) => ({
    outcome: 'read',
    fencingToken: reply.numberOrNull(1),
    storeTimeMs: reply.number(2),
    holder: reply.holder(3),
  }),
});
