import { Logger } from '@nestjs/common';
import type { LeaseConnection, OwnClient } from './connection';
import { followStream } from './follow-stream';

describe('following a stream', () => {
  it('goes on when no connection could be opened at first', async () => {
    const reader = {
      call: async (command: string) => (command === 'xread' ? [['key', [['1-1', ['event', 'x']]]]] : []),
    } as unknown as OwnClient;
    let attempts = 0;
    const connection = {
      isClosed: false,
      openReader: () => {
        attempts += 1;
        if (attempts === 1) throw new Error('no more file descriptors');
        return reader;
      },
      closeReader: () => undefined,
    } as unknown as LeaseConnection;
    const stop = new AbortController();
    const entries = followStream(connection, 'key', '0-0', stop.signal);
    expect(await entries.next()).toMatchObject({ value: { id: '1-1' } });
    stop.abort();
    expect(await entries.next()).toMatchObject({ done: true });
  });

  it('says once that what it is answered is no stream, and goes on trying', async () => {
    const said = jest.spyOn(Logger.prototype, 'error').mockImplementation(() => undefined);
    let reads = 0;
    const reader = {
      call: async (command: string) => {
        if (command !== 'xread') return [];
        reads += 1;
        return reads < 3 ? { key: [] } : [['key', [['1-1', ['event', 'x']]]]];
      },
    } as unknown as OwnClient;
    const connection = {
      isClosed: false,
      openReader: () => reader,
      closeReader: () => undefined,
    } as unknown as LeaseConnection;
    const stop = new AbortController();
    const entries = followStream(connection, 'key', '0-0', stop.signal);
    expect(await entries.next()).toMatchObject({ value: { id: '1-1' } });
    expect(said.mock.calls).toEqual([
      [{ msg: 'key cannot be followed: unexpected reply: no list of streams' }],
    ]);
    said.mockRestore();
    stop.abort();
    await entries.next();
  });
});
