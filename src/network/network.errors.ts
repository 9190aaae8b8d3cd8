/** What can go wrong with a request about an exchange that another instance holds. One class per failure. */
import { ExchangeError } from '../errors';
import type { ExchangeIdentity } from '../registry/exchange-identity';
import type { HolderView } from '../registry/lease-store';
import { describeHolder, holderDetails, nameHolder } from '../registry/registry.errors';

/** Thrown when nobody who could obey, or who could be revoked, holds the exchange. */
export class ExchangeOfflineError extends ExchangeError {
  readonly code = 'EXCHANGE_OFFLINE';

  constructor(
    readonly exchange: ExchangeIdentity,
    /** What blocks the exchange without being a holder, if anything does. */
    readonly problem: string | null = null,
  ) {
    super(
      problem === null
        ? `Nobody holds exchange ${exchange.name}.`
        : `Exchange ${exchange.name} has no holder that can be addressed, but its status key holds ${problem}.`,
    );
  }

  override get details() {
    return { exchange: this.exchange.name, problem: this.problem };
  }
}

/** Why nobody has read a command: its time limit came first, the end of the claim it was meant for, or the end of its sender. */
export type UnreadReason = 'time-limit' | 'claim-ended' | 'sender-ended';

/** Thrown when the holder did not take a command. It was withdrawn: it will not be carried out. */
export class CommandExpiredError extends ExchangeError {
  readonly code = 'COMMAND_EXPIRED';

  constructor(
    readonly exchange: ExchangeIdentity,
    readonly commandId: string,
    readonly reason: UnreadReason,
    readonly waitedMs: number,
    /** Whom it was meant for, as it was when the command was sent. */
    readonly holder: HolderView,
  ) {
    const what = `was meant for ${nameHolder(holder)}`;
    const said: Readonly<Record<UnreadReason, string>> = {
      'time-limit':
        `The command was not read within ${waitedMs} ms and was withdrawn. It ${what}, which ` +
        `holds exchange ${exchange.name}. Look whether it lives; try again, or revoke.`,
      'claim-ended':
        `The command was withdrawn after ${waitedMs} ms: the claim it was meant for ended before it was read. It ` +
        `${what}. Look who holds the exchange now, and send the command again if it is still wanted.`,
      'sender-ended':
        `The command was withdrawn unread after ${waitedMs} ms: this instance, which sent it, is shutting down. It ` +
        `${what}. Send it again through another instance if it is still wanted.`,
    };
    super(said[reason]);
  }

  override get details() {
    const { commandId, reason, waitedMs } = this;
    return { exchange: this.exchange.name, commandId, reason, waitedMs, holder: holderDetails(this.holder) };
  }
}

/** Thrown when the exchange has been claimed anew since the operator looked. Nothing was revoked. */
export class TokenMismatchError extends ExchangeError {
  readonly code = 'TOKEN_MISMATCH';

  constructor(
    readonly exchange: ExchangeIdentity,
    readonly seen: number | null,
    readonly present: number | null,
    readonly holder: HolderView,
  ) {
    super(
      `Fencing token ${seen ?? 'none'} is not that of the holder of exchange ${exchange.name} (${present ?? 'none'}): ` +
        `${describeHolder(holder)}. Nothing was revoked; look again before you do.`,
    );
  }

  override get details() {
    return {
      exchange: this.exchange.name,
      seen: this.seen,
      fencingToken: this.present,
      holder: holderDetails(this.holder),
    };
  }
}
