import { getEventListeners, getMaxListeners } from 'node:events';
import { linkedAbort, sharedAbort } from './abort';

it('a signal that many wait on is not taken for a leak', () => {
  // Node's warning itself cannot be seen from within jest.
  expect(getMaxListeners(sharedAbort().signal)).toBe(Infinity);
});

describe('an abort that follows a signal', () => {
  it('is aborted with it, for its reason', () => {
    const source = new AbortController();
    const { signal } = linkedAbort(source.signal);
    expect(signal.aborted).toBe(false);
    source.abort('over');
    expect([signal.aborted, signal.reason]).toEqual([true, 'over']);
  });

  it('of one that is aborted already is so at once', () => {
    expect(linkedAbort(AbortSignal.abort('before')).signal.reason).toBe('before');
  });

  it('can be aborted alone, also without a source', () => {
    const source = new AbortController();
    for (const one of [linkedAbort(source.signal), linkedAbort(undefined)]) {
      one.abort('alone');
      expect(one.signal.reason).toBe('alone');
      one.unlink();
    }
    expect(source.signal.aborted).toBe(false);
  });

  it('leaves nothing at the source, and no longer follows it, once it is unlinked', () => {
    const source = new AbortController();
    const linked = linkedAbort(source.signal);
    expect(getEventListeners(source.signal, 'abort')).toHaveLength(1);
    linked.unlink();
    linked.unlink();
    expect(getEventListeners(source.signal, 'abort')).toHaveLength(0);
    source.abort();
    expect(linked.signal.aborted).toBe(false);
  });
});
