import { BY_OPERATOR, runnerWorld, START } from '../../test/support/runner-world';
import { MemoryFencedWriter } from '../registry/memory';

describe('a run', () => {
  it('gives the workload a token, a signal and a fenced store, and nothing of the registry', async () => {
    const { runner, store } = runnerWorld();
    const one = runner();
    await one.runner.start(START);
    const { context } = one.workloads.last;
    expect(Object.keys(context ?? {}).toSorted()).toEqual([
      'assertHeld',
      'exchange',
      'fencingToken',
      'raiseAlert',
      'recordError',
      'reportProgress',
      'setSymbolCount',
      'signal',
      'store',
    ]);
    expect(context?.signal).toBeInstanceOf(AbortSignal);
    expect(context?.fencingToken).toBe(one.registry.lease?.fencingToken);
    context?.assertHeld();
    await context?.store.putSeries(
      'candles:BTC-USD:1m',
      [
        { at: 60, value: 'a' },
        { at: 120, value: 'b' },
      ],
      10,
    );
    await context?.store.putSeries('candles:BTC-USD:1m', [{ at: 120, value: 'c' }], 10);
    await expect(new MemoryFencedWriter(store).readNewest(1, 'candles:BTC-USD:1m', 10)).resolves.toEqual([
      { score: 60, member: '60 a' },
      { score: 120, member: '120 c' },
    ]);
  });

  it('puts the alerts of the workload into the activity log, each under its claim', async () => {
    const { runner, activity } = runnerWorld();
    const one = runner();
    await one.runner.start(START);
    const data = { product: 'BTC-USD', rsi: 71 };
    one.workloads.last.context?.raiseAlert({ name: 'rsi-overbought', message: 'RSI rose to 71', data });
    const { claimId, fencingToken } = one.registry.lease!;
    await one.runner.stop(BY_OPERATOR);
    expect((await activity()).filter(({ type }) => type === 'alert')).toEqual([
      expect.objectContaining({
        actor: 'workload',
        cause: 'RSI rose to 71',
        claimId,
        fencingToken,
        data: { name: 'rsi-overbought', ...data },
      }),
    ]);
  });
});
