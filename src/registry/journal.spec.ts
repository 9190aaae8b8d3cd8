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

  it('closed while a flush is under way, waits for it and for what came after', async () => {
    const { journal, causes } = journals();
    journal.record(COINBASE, { ...ENTRY, cause: 'a' });
    journal.record(COINBASE, { ...ENTRY, cause: 'b' });
    await journal.close();
    expect(await causes()).toEqual(['a', 'b']);
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
});
