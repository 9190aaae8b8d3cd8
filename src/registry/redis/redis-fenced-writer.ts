/**
 * The fenced writer on Redis: the guard and the commands are one script.
 *
 * A command that Redis refuses (a key of another type, say) ends the script where it stands: the outcome is then
 * `unknown`, and the commands before it have been carried out.
 */
import { randomUUID } from 'node:crypto';
import {
  checkCommands,
  type FencedCommand,
  type FencedWriteOutcome,
  type FencedWriter,
} from '../fenced-writer';
import type { ClaimRef } from '../lease-store';
import { keys } from './keys';
import type { Echoed } from './observer.scripts';
import type { RedisArgument, RedisLike } from './redis-like';
import { callScript, defineScript } from './script';
import { storeUnavailable, UnexpectedReplyError, unknownOutcome } from './store-failure';

interface FencedWriteRequest extends Echoed {
  readonly claim: ClaimRef;
  readonly commands: readonly FencedCommand[];
}

/** Lua cannot spread more arguments than this over one call. */
const MAX_ARGUMENTS = 7_000;

export const fencedWriteScript = defineScript<FencedWriteRequest, FencedWriteOutcome>({
  name: 'fenced-write',
  keys: ({ claim, commands }) => [
    keys.fence(claim.exchangeId),
    ...commands.map(({ key }) => keys.data(claim.exchangeId, key)),
  ],
  argv: ({ requestId, claim, commands }) => [
    requestId,
    claim.claimId,
    claim.fencingToken,
    ...commands.flatMap(({ name, args }, at): RedisArgument[] => [name, at + 2, args.length, ...args]),
  ],
  parse: (reply) => {
    const outcome = reply.text(1);
    if (outcome === 'written') return { outcome };
    if (outcome === 'fenced-out') return { outcome, fencingToken: reply.numberOrNull(2) };
    return reply.unexpected();
  },
});

export class RedisFencedWriter implements FencedWriter {
  constructor(private readonly client: RedisLike) {}

  async write(claim: ClaimRef, commands: readonly FencedCommand[]): Promise<FencedWriteOutcome> {
    checkCommands(commands);
    const tooLong = commands.find(({ args }) => args.length > MAX_ARGUMENTS);
    if (tooLong !== undefined)
      throw new RangeError(`${tooLong.name} takes at most ${MAX_ARGUMENTS} arguments`);
    try {
      const request = { claim, commands, requestId: randomUUID() };
      return await callScript(this.client, fencedWriteScript, request);
    } catch (error) {
      const names = new Set(commands.map(({ key }) => keys.data(claim.exchangeId, key)));
      return unknownOutcome(`a fenced write to ${[...names].join(', ')}`, error);
    }
  }

  async readNewest(
    exchangeId: number,
    key: string,
    count: number,
  ): Promise<{ score: number; member: string }[]> {
    const name = keys.data(exchangeId, key);
    if (count < 1) return [];
    try {
      const flat = await this.client.call('zrevrange', name, 0, count - 1, 'WITHSCORES');
      if (!Array.isArray(flat)) throw new UnexpectedReplyError('no sorted set');
      const points: { score: number; member: string }[] = [];
      for (let at = 0; at + 1 < flat.length; at += 2) {
        points.push({ member: String(flat[at]), score: Number(flat[at + 1]) });
      }
      return points.toReversed();
    } catch (error) {
      throw storeUnavailable(`reading ${name}`, error);
    }
  }
}
