import { COINBASE, registryWorld } from '../../test/support/registry-world';
import { loadCatalogue } from '../exchange/catalogue.loader';
import type { ActivityType } from '../registry/activity';
import { TAKER_MEMORY_MS, type QueuedCommand } from '../registry/command-queue';
import { MemoryActivityLog, MemoryCommandQueue, type MemoryStore } from '../registry/memory';
import { CommandSender } from './command-sender';
import { ExchangeDirectory } from './exchange-directory';

const REQUEST = { type: 'stop', actor: 'operator', reason: null, timeoutMs: 1_000 } as const;

/** Lets something happen between a sender's decision to withdraw and its doing so. */
class SlowQueue extends MemoryCommandQueue {
  beforeWithdrawal: (() => unknown) | null = null;

  constructor(private readonly memory: MemoryStore) {
    super(memory);
  }

  override async take(...args: Parameters<MemoryCommandQueue['take']>) {
    const first = this.beforeWithdrawal;
    this.beforeWithdrawal = null;
    await first?.();
    return super.take(...args);
  }

  lose(): void {
    this.memory.exchange(1).commands.clear();
  }

  only(): QueuedCommand {
    const [entry] = this.memory.exchange(1).commands.entries;
    if (entry === undefined) throw new Error('no command was sent');
    return { queueId: entry.id, command: entry.value.command };
  }
}

/** A holder that answers when the test says so, and a sender of another instance. */
async function sending() {
  const { clock, store, instance, activity } = registryWorld();
  const holder = instance();
  await holder.registry.register(COINBASE);
  const { registry, journal, link } = instance();
  const queue = new SlowQueue(store);
  const directory = new ExchangeDirectory(loadCatalogue(undefined), link);
  const sender = new CommandSender(directory, registry, journal, queue, new MemoryActivityLog(store), clock);
  /** What the sender says when the time limit has passed. */
  const outcome = async () => {
    const answer = sender.send('coinbase', REQUEST).then(
      ({ report }) => report.outcome,
      (error: { code: string }) => error.code,
    );
    await clock.advance(REQUEST.timeoutMs);
    return answer;
  };
  const send = () => sender.send('coinbase', REQUEST);
  const endSender = () => sender.onModuleDestroy();
  /** The holder takes the command, says what it has to say, and so much time passes that the queue forgets who took it. */
  const takenLongAgo = async (...types: ActivityType[]) => {
    const { queueId, command } = queue.only();
    expect(await queue.take(1, queueId, command.claimId)).toBe('mine');
    for (const type of types) {
      const { actor, commandId } = command;
      holder.journal.record(COINBASE, { type, actor, cause: 'a test', commandId });
    }
    await holder.journal.flush(COINBASE.id);
    clock.block(TAKER_MEMORY_MS);
  };
  return { clock, queue, activity, holder, send, endSender, outcome, takenLongAgo };
}

describe('a command that is no longer in the queue', () => {
  it('has expired when its sender comes too late to withdraw it', async () => {
    const { clock, queue, outcome, activity } = await sending();
    queue.beforeWithdrawal = () => clock.block(6_000);
    expect(await outcome()).toBe('COMMAND_EXPIRED');
    expect((await activity()).at(-1)).toMatchObject({ type: 'command-expired' });
  });

  it('has expired when the queue was lost', async () => {
    const { queue, outcome } = await sending();
    queue.beforeWithdrawal = () => queue.lose();
    expect(await outcome()).toBe('COMMAND_EXPIRED');
  });

  it('runs when the log says that the holder has accepted it', async () => {
    const { queue, outcome, takenLongAgo } = await sending();
    queue.beforeWithdrawal = () => takenLongAgo('command-accepted');
    expect(await outcome()).toBe('running');
  });

  it('is done when the log says so', async () => {
    const { queue, outcome, takenLongAgo } = await sending();
    queue.beforeWithdrawal = () => takenLongAgo('command-accepted', 'command-done');
    expect(await outcome()).toBe('done');
  });
});

it('runs when the holder was faster than the withdrawal', async () => {
  const { queue, outcome } = await sending();
  queue.beforeWithdrawal = () => queue.take(1, queue.only().queueId, 'the-holder');
  expect(await outcome()).toBe('running');
});

it('tells a command whose claim ended before it was read from one that was not read in time', async () => {
  const { clock, holder, send, activity } = await sending();
  const ended = send().catch((error: unknown) => error);
  await clock.advance(100);
  await holder.registry.deregister();
  await clock.settle();
  expect(await ended).toMatchObject({
    code: 'COMMAND_EXPIRED',
    message: expect.stringMatching(
      /^The command was withdrawn after 100 ms: the claim .* ended before it was read/,
    ),
    details: { reason: 'claim-ended', waitedMs: 100 },
  });
  expect((await activity()).at(-1)).toMatchObject({
    cause: expect.stringContaining('ended before it was read'),
  });
  await holder.registry.register(COINBASE);
  const unread = send().catch((error: unknown) => error);
  await clock.advance(REQUEST.timeoutMs);
  expect(await unread).toMatchObject({
    message: expect.stringMatching(/^The command was not read within 1000 ms/),
    details: { reason: 'time-limit', waitedMs: 1_000 },
  });
});

it('says of a command that its sender withdraws as it shuts down that it was nobody else', async () => {
  const { clock, send, endSender, activity } = await sending();
  const unread = send().catch((error: unknown) => error);
  await clock.advance(100);
  endSender();
  await clock.settle();
  expect(await unread).toMatchObject({
    code: 'COMMAND_EXPIRED',
    message: expect.stringMatching(/^The command was withdrawn unread after 100 ms: this instance/),
    details: { reason: 'sender-ended', waitedMs: 100 },
  });
  expect((await activity()).at(-1)).toMatchObject({
    type: 'command-expired',
    cause: 'its sender is shutting down, and nobody had read it',
  });
});
