import { registryWorld, COINBASE } from '../../test/support/registry-world';
import { ActivityType } from './activity';
import { Journal, MAX_PENDING } from './journal';

const ENTRY = { type: ActivityType.Alert, actor: 'system', cause: 'first' };

function journals() {
  const world = registryWorld();
  const { link } = world.instance();
  const journal = new Journal(link, world.clock, 'me', 1_000);
  const causes = async () => (await world.activity()).map(({ cause }) => cause);
  return { ...world, link, journal, causes };
}

function refusal(message: string): () => never {
  return () => {
    throw new Error(message);
  };
}

describe('Journal', () => {
  it('writes each event once, in order', async () => {
    const { clock, journal, causes } = journals();
    for (const cause of ['a', 'b', 'c']) journal.record(COINBASE, { ...ENTRY, cause });
    await clock.settle();
    expect(await causes()).toEqual(['a', 'b', 'c']);
  });

  it('keeps events while the store does not answer, and writes them when it does (I4)', async () => {
    const { clock, link, journal, causes } = journals();
    link.link = 'down';
    journal.record(COINBASE, { ...ENTRY, cause: 'a' });
    await clock.advance(5_000);
    journal.record(COINBASE, { ...ENTRY, cause: 'b' });
    link.link = 'up';
    await clock.advance(1_000);
    expect(await causes()).toEqual(['a', 'b']);
    expect(clock.pendingTimers).toBe(0);
  });

  it.each([
    ['a number that JSON does not have', { orderId: 123n }, /BigInt/],
    ['a circle', Object.assign({}, { self: {} }), /circular/i],
    ['a whole library', { text: 'x'.repeat(70_000) }, /more than 65536 characters/],
    ['what says too much about itself', { toJSON: refusal('x'.repeat(70_000)) }, /^x{2000}$/],
    ['something that refuses', { toJSON: () => undefined }, /undefined|properties/],
  ])('leaves out data that cannot be written, %s, and goes on', async (what, data, problem) => {
    const { clock, journal, activity } = journals();
    if (what === 'a circle') Object.assign(data, { self: data });
    journal.record(COINBASE, { ...ENTRY, cause: 'a', data });
    journal.record(COINBASE, { ...ENTRY, cause: 'b', data: { price: 1 } });
    await clock.settle();
    expect(await activity()).toMatchObject([
      { cause: 'a', data: { unwritable: expect.stringMatching(problem) } },
      { cause: 'b', data: { price: 1 } },
    ]);
  });

  it('writes as much data as there may be', async () => {
    const { clock, journal, activity } = journals();
    const data = { text: 'x'.repeat(65_536 - '{"text":""}'.length) };
    journal.record(COINBASE, { ...ENTRY, data });
    await clock.settle();
    expect((await activity())[0]?.data).toEqual(data);
  });

  it('writes the data as they were when it was given them', async () => {
    const { clock, journal, activity } = journals();
    const data = { price: 1, at: new Date(0), missing: undefined };
    journal.record(COINBASE, { ...ENTRY, data });
    data.price = 2;
    await clock.settle();
    expect((await activity())[0]?.data).toEqual({ price: 1, at: '1970-01-01T00:00:00.000Z' });
  });

  it('writes nothing twice when the store did it and the reply was lost (I4)', async () => {
    const { clock, link, journal, causes } = journals();
    link.link = 'reply-lost';
    journal.record(COINBASE, { ...ENTRY, cause: 'a' });
    await clock.advance(3_000);
    journal.record(COINBASE, { ...ENTRY, cause: 'b' });
    link.link = 'up';
    await clock.advance(1_000);
    expect(await causes()).toEqual(['a', 'b']);
  });

  it('holds back what comes after an event that is not decided yet', async () => {
    const { clock, journal, causes } = journals();
    journal.record(COINBASE, { ...ENTRY, cause: 'before' });
    const staged = journal.stage(COINBASE, { ...ENTRY, cause: 'staged' });
    journal.record(COINBASE, { ...ENTRY, cause: 'after' });
    await clock.settle();
    expect(await causes()).toEqual(['before']);
    expect(staged.events().map(({ cause }) => cause)).toEqual(['staged']);
    staged.keep();
    await clock.settle();
    expect(await causes()).toEqual(['before', 'staged', 'after']);
  });

  it('forgets an event that has not happened', async () => {
    const { clock, journal, causes } = journals();
    const staged = journal.stage(COINBASE, { ...ENTRY, cause: 'staged' });
    journal.record(COINBASE, { ...ENTRY, cause: 'after' });
    staged.withdraw();
    await clock.settle();
    expect(await causes()).toEqual(['after']);
  });

  it('amends the event of one number, and no other', async () => {
    const { clock, journal, causes } = journals();
    journal.add(COINBASE, { ...ENTRY, cause: 'a' });
    const seq = journal.add(COINBASE, { ...ENTRY, cause: 'b' });
    journal.amend(1, seq, { ...ENTRY, cause: 'otherwise' });
    journal.record(COINBASE, { ...ENTRY, cause: 'c' });
    await clock.settle();
    expect(await causes()).toEqual(['a', 'otherwise', 'c']);
  });

  it('stages one event at a time for an exchange', () => {
    const { journal } = journals();
    journal.stage(COINBASE, ENTRY);
    expect(() => journal.stage(COINBASE, ENTRY)).toThrow('already staged');
    expect(() => journal.stage({ id: 2, name: 'simulator' }, ENTRY)).not.toThrow();
  });

  it('keeps a bounded number of events through an outage', () => {
    const { link, journal } = journals();
    link.link = 'down';
    for (let i = 0; i < MAX_PENDING + 5; i += 1) journal.add(COINBASE, { ...ENTRY, cause: String(i) });
    expect(journal.pending(1)).toHaveLength(MAX_PENDING);
    expect(journal.pending(1)[0]?.cause).toBe('5');
  });

  it('never drops what an operation is about to carry', async () => {
    const { journal } = journals();
    const staged = journal.stage(COINBASE, { ...ENTRY, cause: 'staged' });
    for (let i = 0; i < MAX_PENDING; i += 1) journal.add(COINBASE, { ...ENTRY, cause: String(i) });
    const all = staged.allEvents().map(({ cause }) => cause);
    expect([all.length, all[0], all[1]]).toEqual([MAX_PENDING, 'staged', '1']);
  });

  it('closed while a flush is under way, waits for it and for what came after', async () => {
    const { journal, causes } = journals();
    journal.record(COINBASE, { ...ENTRY, cause: 'a' });
    journal.record(COINBASE, { ...ENTRY, cause: 'b' });
    await journal.close();
    expect(await causes()).toEqual(['a', 'b']);
  });

  it('closed while an operation carries an event, waits for what comes of it, but not for ever', async () => {
    const { clock, journal, causes } = journals();
    const staged = journal.stage(COINBASE, { ...ENTRY, cause: 'staged' });
    journal.add(COINBASE, { ...ENTRY, cause: 'after' });
    let isClosed = false;
    const closing = journal.close().then(() => (isClosed = true));
    await clock.advance(3_999);
    expect(isClosed).toBe(false);
    staged.keep();
    await closing;
    expect(await causes()).toEqual(['staged', 'after']);
    expect(clock.pendingTimers).toBe(0);

    const other = journals();
    other.journal.stage(COINBASE, ENTRY);
    const closingToo = other.journal.close();
    await other.clock.advance(4_000);
    await closingToo;
    expect(await other.causes()).toEqual([]);
  });

  it('closed, tries once more and leaves no timer', async () => {
    const { clock, link, journal, causes } = journals();
    link.link = 'down';
    journal.record(COINBASE, { ...ENTRY, cause: 'a' });
    await clock.settle();
    link.link = 'up';
    await journal.close();
    expect(await causes()).toEqual(['a']);
    expect(clock.pendingTimers).toBe(0);
  });

  it('fills in who, when and which number, and cuts a cause that is too long', () => {
    const { journal } = journals();
    journal.add(COINBASE, { ...ENTRY, cause: 'x'.repeat(2_001) });
    journal.add(COINBASE, { ...ENTRY, at: '2025-01-01T00:00:00.000Z', claimId: 'c', fencingToken: 7 });
    expect(journal.pending(1)).toEqual([
      {
        ...ENTRY,
        cause: 'x'.repeat(2_000),
        at: '2026-01-01T00:00:00.000Z',
        exchangeId: 1,
        exchangeName: 'coinbase',
        instanceId: 'me',
        seq: 1,
        claimId: null,
        fencingToken: null,
      },
      expect.objectContaining({ seq: 2, at: '2025-01-01T00:00:00.000Z', claimId: 'c', fencingToken: 7 }),
    ]);
  });

  it('sends nothing behind an undecided event, and everything before it', () => {
    const { journal } = journals();
    journal.add(COINBASE, { ...ENTRY, cause: 'before' });
    const staged = journal.stage(COINBASE, { ...ENTRY, cause: 'staged' });
    journal.add(COINBASE, { ...ENTRY, cause: 'after' });
    expect(journal.pending(1).map(({ cause }) => cause)).toEqual(['before']);
    expect(staged.events().map(({ cause }) => cause)).toEqual(['before', 'staged']);
    expect(staged.allEvents().map(({ cause }) => cause)).toEqual(['before', 'staged', 'after']);
    expect(staged.seq).toBe(2);
  });

  it('decided twice, does not decide the event that was staged since', () => {
    const { journal } = journals();
    const first = journal.stage(COINBASE, { ...ENTRY, cause: 'first' });
    first.keep();
    const second = journal.stage(COINBASE, { ...ENTRY, cause: 'second' });
    first.keep();
    expect(() => journal.stage(COINBASE, ENTRY)).toThrow('already staged');
    second.withdraw();
    expect(journal.pending(1).map(({ cause }) => cause)).toEqual(['first']);
  });

  it('has one flush at a time, the same for everybody who asks', async () => {
    const { clock, link, journal } = journals();
    const sent: number[][] = [];
    const append = link.append.bind(link);
    link.append = (request) => {
      sent.push(request.events.map(({ seq }) => seq));
      return append(request);
    };
    journal.record(COINBASE, ENTRY);
    journal.record(COINBASE, ENTRY);
    await Promise.all([journal.flush(1), journal.flush(1)]);
    await clock.settle();
    expect(sent).toEqual([[1], [2]]);
    await journal.flush(1);
    expect(sent).toHaveLength(2);
  });

  it('takes what the store has answered to for logged, whatever it says of the position', async () => {
    const { clock, link, journal } = journals();
    link.append = async () => ({ outcome: 'appended', loggedSeq: 0 });
    journal.record(COINBASE, ENTRY);
    await clock.settle();
    expect(journal.pending(1)).toEqual([]);
  });

  it('is told of a log that is further than what was sent', async () => {
    const { clock, link, journal } = journals();
    const staged = journal.stage(COINBASE, ENTRY);
    link.append = async () => ({ outcome: 'appended', loggedSeq: 2 });
    journal.add(COINBASE, ENTRY);
    staged.keep();
    await clock.settle();
    expect(journal.pending(1)).toEqual([]);
  });

  it('closed, sends nothing any more and sets no timer', async () => {
    const { clock, link, journal } = journals();
    await journal.close();
    link.link = 'down';
    journal.record(COINBASE, ENTRY);
    await clock.settle();
    expect(clock.pendingTimers).toBe(0);
    link.link = 'up';
    await journal.flush(1);
    expect(journal.pending(1)).toHaveLength(1);
  });
});
