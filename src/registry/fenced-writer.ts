/**
 * Port: commands on the data of an exchange, executed only while the caller's claim is the newest.
 *
 * The guard and the commands are one atomic step in the store. The fence decides, not the status key: a holder
 * whose key has just expired may still write until somebody else has claimed; never afterwards. While the store has lost
 * the fence, or others wait because it may have, nobody writes until the holder's next renewal.
 */
import type { ClaimRef, Unknown } from './lease-store';

/** One command of the store on a key of the exchange: `name` in capitals, `key` relative to the exchange's tag. */
export interface FencedCommand {
  readonly name:
    'SET' | 'ZADD' | 'ZREMRANGEBYSCORE' | 'ZREMRANGEBYRANK' | 'HSET' | 'HDEL' | 'DEL' | 'XADD' | 'PEXPIRE';
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

export interface FencedWriter {
  write(claim: ClaimRef, commands: readonly FencedCommand[]): Promise<FencedWriteOutcome>;
  /** Reads a sorted-set series: the newest `count` members with their scores, oldest first. */
  readNewest(exchangeId: number, key: string, count: number): Promise<{ score: number; member: string }[]>;
}
