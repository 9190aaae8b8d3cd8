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
});
