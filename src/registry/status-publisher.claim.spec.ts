import { COINBASE, registryWorld, slowWork } from '../../test/support/registry-world';
import type { FakeClock } from '../fake-clock';
import { INITIAL_SNAPSHOT, transition } from '../state-machine/transition';
import { HeldLease } from './lease';
import type { WriteOutcome, WriteRequest } from './lease-store';
import { StatusDocument } from './status-document';
import { StatusPublisher } from './status-publisher';

const REF = { exchangeId: 1, instanceId: 'i', claimId: 'c', fencingToken: 7 };
const TIMES = { leaseTtlMs: 45_000, safetyMarginMs: 5_000, commandTimeoutMs: 1_000 };

/** A publisher without a tenure, and a step to `starting` that its store answers with `outcome`; it cannot append. */
function stepping(
  outcome: WriteOutcome,
  overtakes = false,
  before: (clock: FakeClock, lease: HeldLease) => void = () => undefined,
) {
  const { clock, instance } = registryWorld();
  const { journal, keeper, instance: self, link } = instance();
  link.link = 'down';
  const lease = new HeldLease(COINBASE, REF, clock, TIMES, clock.read(), async () => undefined);
  const profile = { ipAddress: null, adminEmail: null, adminDisplayName: null, symbolCount: 0 };
  const document = new StatusDocument(COINBASE, self, profile, 'c', '2026-01-01T00:00:00.000Z');
  const written: string[] = [];
  const store = {
    write: async ({ status }: WriteRequest) => {
      written.push(status.connectionState);
      return outcome;
    },
  };
  const publisher = new StatusPublisher(lease, document, store, journal, keeper, clock, TIMES);
  const { snapshot } = transition(INITIAL_SNAPSHOT, {
    type: 'move',
    to: 'starting',
    at: '2026-01-01T00:00:01.000Z',
    actor: 'system',
    cause: 'test',
  });
  const [made] = snapshot.history;
  if (made === undefined) throw new Error('a move is in the history');
  before(clock, lease);
  const overtaken = new AbortController();
  for (const signal of [lease.expiring, lease.signal])
    signal.addEventListener('abort', () => overtakes && overtaken.abort());
  const confirmed = publisher.confirm(made, snapshot, overtaken.signal);
  const waiting = () => journal.pending(1).map(({ to }) => to);
  return { clock, lease, journal, document, confirmed, overtaken, written, waiting };
}

describe('a step whose claim is lost, while nobody overtakes it', () => {
  it('is refused and forgotten when the log does not have it', async () => {
    const lost = { outcome: 'lost', cause: 'revoked', holder: null, loggedSeq: 0 } as const;
    const { lease, document, confirmed, waiting } = stepping(lost);
    await expect(confirmed).rejects.toMatchObject({
      reason: { kind: 'taken', cause: 'revoked', holder: null },
    });
    expect(lease.signal.aborted).toBe(true);
    expect(waiting()).toEqual([]);
    expect(document.current().connectionState).toBe('idle');
  });

  it('has been taken when the log has it', async () => {
    const { lease, document, confirmed } = stepping({
      outcome: 'lost',
      cause: 'revoked',
      holder: null,
      loggedSeq: 1,
    });
    await confirmed;
    expect(lease.signal.aborted).toBe(true);
    expect(document.current().connectionState).toBe('starting');
  });
});

describe('a step towards work', () => {
  const unknown = { outcome: 'unknown', error: new Error('silence') } as const;

  it('under a claim that is lost already is not sent, and forgotten', async () => {
    const { journal, confirmed, written, waiting } = stepping(unknown, false, (_, lease) => {
      lease.lose({ kind: 'taken', cause: 'revoked', holder: null });
    });
    await expect(confirmed).rejects.toMatchObject({ reason: { cause: 'revoked' } });
    expect([written, waiting()]).toEqual([[], []]);
    // Nothing is staged any more: the next step can be.
    expect(
      journal.stage(COINBASE, { type: 'transition', actor: 'system', cause: 'next' }).events(),
    ).toHaveLength(1);
  });

  it('that ends the tenure by looking at the clock counts as taken, and is not sent', async () => {
    const { confirmed, written, waiting } = stepping(unknown, true, (clock) => clock.block(31_000));
    await confirmed;
    expect([written, waiting()]).toEqual([[], ['starting']]);
  });

  it('that finds its deadline passed, and so ends the tenure, counts as taken', async () => {
    const { confirmed, written, waiting } = stepping(unknown, true, (clock) => clock.block(41_000));
    await expect(confirmed).rejects.toMatchObject({ code: 'LEASE_LOST' });
    expect([written, waiting()]).toEqual([[], ['starting']]);
  });

  it('is sent again until somebody overtakes it, and then counts as taken', async () => {
    const { clock, document, confirmed, overtaken, written, waiting } = stepping(unknown);
    await clock.advance(600);
    expect(written).toEqual(['starting', 'starting', 'starting']);
    overtaken.abort();
    await confirmed;
    await clock.advance(600);
    expect([written.length, waiting()]).toEqual([3, ['starting']]);
    // Whoever overtakes it mirrors what follows.
    expect(document.current().connectionState).toBe('idle');
  });
});

describe('what is published under a claim that is gone', () => {
  it('a step that finds its key gone puts it back first, without waiting for a heartbeat (P2)', async () => {
    const { clock, store, instance, published, chain } = registryWorld();
    const { registry, machine } = instance();
    await registry.register(COINBASE);
    store.dropStatus(1);
    const starting = machine.transition('starting');
    await clock.advance(1_000);
    await starting;
    expect(published()).toMatchObject({ connectionState: 'starting' });
    expect(await chain()).toEqual(['claimed', 'idle>starting']);
  });

  it('a changed field that finds its key gone puts it back (P2)', async () => {
    const { clock, store, instance, published } = registryWorld();
    const { registry } = instance();
    await registry.register(COINBASE);
    store.dropStatus(1);
    registry.setSymbolCount(3);
    await clock.advance(250);
    expect(published()).toMatchObject({ symbolCount: 3 });
  });

  it('a changed field that finds the claim taken ends it at once (P1)', async () => {
    const { clock, store, instance } = registryWorld();
    const { registry } = instance();
    const lease = await registry.register(COINBASE);
    store.dropStatus(1);
    store.dropFence(1);
    await instance().registry.register(COINBASE);
    registry.setSymbolCount(3);
    await clock.advance(249);
    expect(lease.signal.aborted).toBe(false);
    await clock.advance(1);
    expect(lease.signal.reason).toMatchObject({ reason: { kind: 'taken', cause: 'claimed-by-other' } });
  });

  it('asks for no heartbeat and no flush when a write succeeds or has no answer', async () => {
    const { clock, instance } = registryWorld();
    const { registry, link } = instance();
    const asked: string[] = [];
    await registry.register(COINBASE);
    for (const name of ['renew', 'append', 'write'] as const) {
      const ask = link[name].bind(link) as (request: never) => Promise<never>;
      link[name] = (request: never) => {
        asked.push(name);
        return ask(request);
      };
    }
    registry.setSymbolCount(3);
    await clock.advance(250);
    expect(asked).toEqual(['write']);
    link.link = 'down';
    registry.setSymbolCount(4);
    await clock.advance(250);
    expect(asked).toEqual(['write', 'write']);
  });

  it('nothing is written under a claim that is lost', async () => {
    const { clock, store, instance } = registryWorld();
    const { registry, machine, link } = instance();
    const { options, finish } = slowWork();
    await registry.register(COINBASE, options);
    await machine.transition('starting');
    store.down = true;
    await clock.advance(45_000);
    expect(registry.leaseHealth).toBe('lost');
    store.down = false;
    let writes = 0;
    link.write = async () => {
      writes += 1;
      return { outcome: 'missing', loggedSeq: 0 };
    };
    finish();
    await clock.advance(5_000);
    expect([writes, machine.currentState]).toEqual([0, 'idle']);
  });

  it('a change that is being collected when the claim is given back is not sent afterwards', async () => {
    const { clock, instance } = registryWorld();
    const { registry, link } = instance();
    await registry.register(COINBASE);
    registry.setSymbolCount(3);
    await registry.deregister();
    let writes = 0;
    link.write = async () => {
      writes += 1;
      return { outcome: 'missing', loggedSeq: 0 };
    };
    await clock.advance(5_000);
    expect([writes, clock.pendingTimers]).toEqual([0, 0]);
  });

  it('given back, the last step travels with the release: one round trip', async () => {
    const { instance, chain } = registryWorld();
    const { registry, machine, link } = instance();
    await registry.register(COINBASE);
    await machine.transition('starting');
    const states: string[] = [];
    let appended = 0;
    link.append = async () => {
      appended += 1;
      return { outcome: 'appended', loggedSeq: 0 };
    };
    const write = link.write.bind(link);
    link.write = (request) => {
      states.push(request.status.connectionState);
      return write(request);
    };
    await registry.deregister();
    expect([states, appended]).toEqual([['stopping', 'stopped'], 0]);
    expect((await chain()).slice(-2)).toEqual(['released', 'stopped>idle']);
  });
});
