import { ExitCode, RequestedExit } from './process-exit';

describe('RequestedExit', () => {
  it('keeps the code and the cause of the first request', () => {
    const exit = new RequestedExit();
    exit.request(ExitCode.ExchangeTaken, new Error('taken'));
    exit.request(ExitCode.Stopped, new Error('SIGTERM'));
    expect([exit.exitCode, String(exit.signal.reason)]).toEqual([75, 'Error: taken']);
  });

  it('does not call a stop clean that turned out to be none', () => {
    const exit = new RequestedExit();
    exit.request(ExitCode.Stopped, new Error('SIGTERM'));
    exit.request(ExitCode.Fatal, new Error('work still runs'));
    expect(exit.exitCode).toBe(70);
  });
});
