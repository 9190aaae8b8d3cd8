/**
 * Follows one Redis stream as it grows, over lost connections, on a connection of its own.
 *
 * Decides where to go on: after the last entry that was handed out. When Redis has lost its memory, and its clock has
 * gone back too, the ids begin again below that; then it goes on after the last entry that Redis still has.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import { compareStreamIds, FIRST_STREAM_ID } from '../stream-id';
import type { LeaseConnection, OwnClient } from './connection';
import { jitteredDelayMs } from './connection.settings';
import { UnexpectedReplyError } from './store-failure';
import { readEntries, readStreams, type RawEntry } from './stream-reply';
import type { RedisLike } from './redis-like';

const logger = new Logger('FollowedStream');

/** Bounds one blocking read, so that a connection whose peer has vanished is noticed. */
const BLOCK_MS = 10_000;

/** Entries taken in one read. */
const BATCH = 100;

/** Entries after `afterId`; `'$'` means from this call on, or from the first contact when Redis is not reachable now. */
export function followStream(
  connection: LeaseConnection,
  key: string,
  afterId: string,
  signal: AbortSignal,
): AsyncGenerator<RawEntry, void, undefined> {
  const anchor =
    afterId === '$' ? lastId(connection.client, key).catch(() => null) : Promise.resolve(afterId);
  return entriesAfter(connection, key, anchor, signal);
}

async function* entriesAfter(
  connection: LeaseConnection,
  key: string,
  anchor: Promise<string | null>,
  signal: AbortSignal,
): AsyncGenerator<RawEntry, void, undefined> {
  let cursor = await anchor;
  let failures = 0;
  let isTold = false;
  while (!signal.aborted && !connection.isClosed) {
    let reader: OwnClient | undefined;
    const stop = () => {
      if (reader !== undefined) connection.closeReader(reader);
    };
    signal.addEventListener('abort', stop, { once: true });
    try {
      reader = connection.openReader(BLOCK_MS);
      cursor = await goOnFrom(reader, key, cursor);
      failures = 0;
      while (!signal.aborted) {
        const entries = await read(reader, key, cursor);
        for (const entry of entries) {
          if (signal.aborted) return;
          cursor = entry.id;
          yield entry;
        }
        if (entries.length === 0) cursor = await goOnFrom(reader, key, cursor);
      }
    } catch (error) {
      // What is no matter of the connection does not pass by itself, and would never be told.
      if (!isTold && error instanceof UnexpectedReplyError) {
        logger.error({ msg: `${key} cannot be followed: ${error.message}` });
        isTold = true;
      }
      failures += 1;
    } finally {
      signal.removeEventListener('abort', stop);
      stop();
    }
    await pause(jitteredDelayMs(failures), undefined, { signal, ref: false }).catch(() => undefined);
  }
}

async function read(reader: OwnClient, key: string, cursor: string): Promise<RawEntry[]> {
  return readStreams(await reader.call('xread', 'COUNT', BATCH, 'BLOCK', BLOCK_MS, 'STREAMS', key, cursor));
}

/** The cursor, unless the stream now ends before it: then its end. */
async function goOnFrom(client: RedisLike, key: string, cursor: string | null): Promise<string> {
  const last = await lastId(client, key);
  return cursor === null || compareStreamIds(last, cursor) < 0 ? last : cursor;
}

async function lastId(client: RedisLike, key: string): Promise<string> {
  const [newest] = readEntries(await client.call('xrevrange', key, '+', '-', 'COUNT', 1));
  return newest?.id ?? FIRST_STREAM_ID;
}
