import { runnerWorld, START } from '../../test/support/runner-world';
import type { Command, TakeOutcome } from '../registry/command-queue';
import { MemoryCommandQueue } from '../registry/memory';
import { StoreUnavailableError } from '../registry/registry.errors';
import { CommandListener } from './command-listener';

/** Carries out what it is asked, and loses as many of the replies to `take` as it is told. */
class ForgetfulQueue extends MemoryCommandQueue {
  lostReplies = 0;

  override async take(...args: Parameters<MemoryCommandQueue['take']>): Promise<TakeOutcome> {
    const taken = await super.take(...args);
    if (this.lostReplies === 0) return taken;
    this.lostReplies -= 1;
    throw new StoreUnavailableError('taking a command', 'the reply was lost');
  }
}

async function listeningHolder() {
  const { clock, store, runner, toActive, activity } = runnerWorld();
  const { registry, journal, runner: made, workloads } = runner();
  const queue = new ForgetfulQueue(store);
  const listener = new CommandListener(registry, made, journal, queue, clock);
  listener.onModuleInit();
  await made.start(START);
  await toActive(workloads);
  const command: Command = {
    commandId: 'c-1',
    type: 'pause',
    claimId: registry.lease?.claimId ?? '',
    actor: 'operator',
    reason: 'test',
    sentBy: 'b',
    sentAt: '2026-01-01T00:00:00.000Z',
  };
  const answers = async () =>
    (await activity()).filter(({ commandId }) => commandId === 'c-1').map(({ type }) => type);
  return { clock, queue, listener, command, answers, workload: workloads.last };
}

describe('a command whose taking was not confirmed', () => {
  it('is carried out once when a later attempt confirms it', async () => {
    const { clock, queue, listener, command, answers, workload } = await listeningHolder();
    queue.lostReplies = 2;
    await queue.send(1, command, 15_000);
    await clock.advance(2_000);
    expect(await answers()).toEqual(['command-accepted', 'command-done']);
    expect(workload.calls.filter((call) => call === 'pause')).toHaveLength(1);
    listener.onModuleDestroy();
  });

  it('is not carried out and answered as failed when no attempt does', async () => {
    const { clock, queue, listener, command, answers, workload } = await listeningHolder();
    queue.lostReplies = 99;
    await queue.send(1, command, 15_000);
    await clock.advance(10_000);
    expect(await answers()).toEqual(['command-failed']);
    expect(workload.calls).not.toContain('pause');
    listener.onModuleDestroy();
  });
});
