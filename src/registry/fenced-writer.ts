/**
 * Port: commands on the data of an exchange, executed only while the caller's claim is the newest.
 *
 * The guard and the commands are one atomic step in the store. The fence decides, not the status key: a holder
 * whose key has just expired may still write until somebody else has claimed; never afterwards. While the store has lost
 * the fence, or others wait because it may have, nobody writes until the holder's next renewal.
 */
import { checkedDataName } from './data-name';
import type { ClaimRef, Unknown } from './lease-store';

/** The commands that every adapter carries out, and that the documented user of Redis has the right to. */
export const FENCED_COMMANDS = ['SET', 'ZADD', 'ZREMRANGEBYSCORE', 'ZREMRANGEBYRANK', 'DEL'] as const;

/** One command of the store on a key of the exchange: `name` in capitals, `key` relative to the exchange's tag. */
export interface FencedCommand {
  readonly name: (typeof FENCED_COMMANDS)[number];
  readonly key: string;
  readonly args: readonly (string | number)[];
}

export type FencedWriteOutcome =
  | { readonly outcome: 'written' }
  /**
   * Nothing was written. A greater `fencingToken` than the claim's: there is a newer holder, or the claim was revoked. The
   * same: it was given back, or others wait. Less, or `null`: the store has lost its fence, which a renewal puts back.
   */
  | { readonly outcome: 'fenced-out'; readonly fencingToken: number | null }
  | Unknown;

/**
 * Throws a `RangeError` for a command that is none of those, or a key the registry keeps for itself: a mistake of the caller, that
 * must not look like a store which may answer the next time.
 */
export function checkCommands(commands: readonly FencedCommand[]): void {
  for (const { name, key } of commands) {
    if (!FENCED_COMMANDS.includes(name))
      throw new RangeError(`${name} is not one of ${FENCED_COMMANDS.join(', ')}`);
    checkedDataName(key);
  }
}

export interface FencedWriter {
  /** Rejects only with a `RangeError`, for what `checkCommands` refuses; nothing is then written. */
  write(claim: ClaimRef, commands: readonly FencedCommand[]): Promise<FencedWriteOutcome>;
  /** Reads a sorted-set series: the newest `count` members with their scores, oldest first. Rejects as `write` for a wrong key. */
  readNewest(exchangeId: number, key: string, count: number): Promise<{ score: number; member: string }[]>;
}
