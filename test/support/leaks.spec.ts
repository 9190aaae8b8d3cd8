import { createServer } from 'node:net';
import { expectNoLeaks, openHandles } from './leaks';
import { waitFor } from './wait-for';

describe('expectNoLeaks', () => {
  it('is content when nothing was opened', async () => {
    await expectNoLeaks(openHandles());
  });

  it('names a server that was left open', async () => {
    // What an earlier spec file of this worker has closed may take a turn of the loop to be gone.
    await waitFor(() => !openHandles().has('TCPServerWrap'));
    const before = openHandles();
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    await expect(expectNoLeaks(before)).rejects.toThrow('1 TCPServerWrap');
    server.close();
    await expectNoLeaks(before);
  });

  it('names a timer that was left running', async () => {
    const before = openHandles();
    const timer = setTimeout(() => {}, 60_000);
    await expect(expectNoLeaks(before)).rejects.toThrow('1 Timeout');
    clearTimeout(timer);
  });
});

describe('waitFor', () => {
  it('resolves with the first value that is there, zero and the empty text included', async () => {
    let looks = 0;
    expect(await waitFor(() => (looks += 1) > 2 && looks)).toBe(3);
    expect(await waitFor(() => 0)).toBe(0);
  });

  it('says what it waited for, and the last error', async () => {
    await expect(
      waitFor(() => Promise.reject(new Error('not yet')), { timeoutMs: 30, describe: 'a miracle' }),
    ).rejects.toThrow('Waited 30 ms for a miracle; last error: not yet');
  });
});
