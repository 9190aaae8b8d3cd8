/** One store in memory, a clock that the test moves, and as many instances of the registry as it wants. */
import { Logger } from '@nestjs/common';
import { FakeClock } from '../../src/fake-clock';
import type { ActivityEntry } from '../../src/registry/activity';
import { composeRegistry, type RegistryParts } from '../../src/registry/compose';
import { MemoryActivityLog, MemoryLeaseStore, MemoryStore } from '../../src/registry/memory';
import type { ProcessTable } from '../../src/registry/process-identity';
import { compileOptions, type RegistryModuleOptions } from '../../src/registry/registry.options';

export const COINBASE = { id: 1, name: 'coinbase' };

/** A platform that does not tell whether a process is dead. */
const NO_PROOF: ProcessTable = { own: () => null, startTicksOf: () => '1' };

export function registryWorld() {
  Logger.overrideLogger(false);
  const clock = new FakeClock();
  const store = new MemoryStore(clock);
  const log = new MemoryActivityLog(store);
  const instance = (options: RegistryModuleOptions = {}, processes = NO_PROOF) => {
    const link = new MemoryLeaseStore(store);
    const parts = composeRegistry(compileOptions(options), {
      store: link,
      log,
      clock,
      processes,
      random: () => 0.5,
    });
    return { ...parts, link };
  };
  /** The whole activity log, oldest first. */
  const activity = async (): Promise<ActivityEntry[]> =>
    (await log.page(1, { count: 1_000, cursor: null })).entries.toReversed();
  /** The same in short: `idle>starting` for a transition, the type for anything else. */
  const chain = async () =>
    (await activity()).map(({ type, from, to }) => (type === 'transition' ? `${from}>${to}` : type));
  /** What stands under the status key, `null` when there is none. */
  const published = () => {
    const { status } = store.exchange(1);
    return status?.kind === 'text' ? JSON.parse(status.text) : null;
  };
  /** Heartbeats of the default interval, the scheduler being absent here. */
  const beat = async (parts: RegistryParts, times: number) => {
    for (let i = 0; i < times; i += 1) {
      await parts.keeper.beat();
      await clock.advance(15_000);
    }
  };
  return { clock, store, instance, activity, chain, published, beat };
}

/** How many claims each call of `renew` asks for, from now on, in order. */
export function renewalsOf(link: MemoryLeaseStore): readonly number[] {
  const sent: number[] = [];
  const renew = link.renew.bind(link);
  link.renew = (requests) => {
    sent.push(requests.length);
    return renew(requests);
  };
  return sent;
}

/** The state in each status that is written, from now on, in order. */
export function writesOf(link: MemoryLeaseStore): readonly string[] {
  const sent: string[] = [];
  const write = link.write.bind(link);
  link.write = (request) => {
    sent.push(request.status.connectionState);
    return write(request);
  };
  return sent;
}

/** Work that ends when the test says so. */
export function slowWork() {
  let finish!: () => void;
  const ended = new Promise<void>((resolve) => {
    finish = resolve;
  });
  const orders: AbortSignal[] = [];
  const stuck: Error[] = [];
  return {
    finish,
    /** The signals of the orders to stop, in order. */
    orders,
    stuck,
    options: {
      stopWork: ({ signal }: { signal: AbortSignal }) => {
        orders.push(signal);
        return ended;
      },
      onStuck: (error: Error) => void stuck.push(error),
    },
  };
}
