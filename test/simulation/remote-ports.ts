/** The registry's ports as one process has them: the store, its log and its queues at the other end of a network. */
import type { ActivityEntry } from '../../src/registry/activity';
import type { ActivityLog, ActivityPage } from '../../src/registry/activity-log';
import type { RegistryAdapters } from '../../src/registry/adapters';
import type { Command, CommandQueue, QueuedCommand, TakeOutcome } from '../../src/registry/command-queue';
import type { FencedWriter } from '../../src/registry/fenced-writer';
import type { LeaseStore, Unknown } from '../../src/registry/lease-store';
import { FIRST_STREAM_ID } from '../../src/registry/stream-id';
import type { Network, Running } from './running';
import type { StoreServer } from './store-server';
import type { Trace } from './trace';

/** What the checks want to know of what a process asks. */
export interface AskObserver {
  /** A release is about to be sent. */
  releasing(claimId: string): void;
}

const unknown = (error: Error): Unknown => ({ outcome: 'unknown', error });

export function remotePorts(
  who: string,
  execution: Running,
  link: Network,
  server: StoreServer,
  limitMs: number,
  observer: AskObserver,
  trace: Trace,
): RegistryAdapters {
  const ask = <T extends { outcome: string }>(
    operation: string,
    carryOut: () => Promise<T>,
    travelMs?: number,
  ): Promise<T | Unknown> => {
    trace.add(who, `asks ${operation}`);
    return link
      .ask(
        execution,
        operation,
        limitMs,
        async () => {
          const outcome = await carryOut();
          trace.add('store', `${operation} of ${who}: ${outcome.outcome}`);
          return outcome;
        },
        travelMs,
      )
      .catch(unknown)
      .then((outcome) => {
        trace.add(who, `${operation}: ${outcome.outcome}`);
        return outcome;
      });
  };
  const store: LeaseStore = {
    claim: (request) => ask('claim', () => server.claim(request)),
    renew: (requests) =>
      Promise.all(
        requests.map((request) =>
          ask('renew', async () => (await server.renew([request]))[0] ?? unknown(new Error('no outcome'))),
        ),
      ),
    write: (request) => ask('write', () => server.write(request)),
    release: (request) => {
      observer.releasing(request.claimId);
      return ask('release', () => server.release(request));
    },
    append: (request) => ask('append', () => server.append(request)),
    revoke: (request) => ask('revoke', () => server.revoke(request)),
    read: (ids) =>
      Promise.all(
        ids.map((id) =>
          ask('read', async () => (await server.read([id]))[0] ?? unknown(new Error('no outcome'))),
        ),
      ),
  };
  const writer: FencedWriter = {
    // Late ones are what the fence is for.
    write: (claim, commands) =>
      ask('fenced write', () => server.writeSeries(claim, commands), link.detourMs()),
    readNewest: (...wanted) =>
      link.ask(execution, 'reading a series', limitMs, () => server.writer.readNewest(...wanted)),
  };
  return {
    store,
    writer,
    log: new RemoteLog(execution, link, server, limitMs),
    commands: new RemoteCommands(execution, link, server.commands, limitMs),
    check: () => Promise.resolve([]),
    close: () => Promise.resolve(),
  };
}

class RemoteLog implements ActivityLog {
  constructor(
    private readonly execution: Running,
    private readonly link: Network,
    private readonly server: StoreServer,
    private readonly limitMs: number,
  ) {}

  /** Nobody reads back here. */
  page(): Promise<ActivityPage> {
    return Promise.reject(new TypeError('not simulated'));
  }

  lastId(): Promise<string> {
    return this.link.ask(
      this.execution,
      'reading the activity log',
      this.limitMs,
      async () => this.server.exchange.activity.entries.at(-1)?.id ?? FIRST_STREAM_ID,
    );
  }

  /** Entries come in order, each after the time of travel; while the link is cut they wait. */
  async *follow(_exchangeId: number, afterId: string, signal: AbortSignal): AsyncGenerator<ActivityEntry> {
    const inbox = new Inbox<ActivityEntry>(signal);
    const { entries } = this.server.exchange.activity;
    const from = afterId === '$' ? entries.length : entries.findIndex(({ id }) => id === afterId) + 1;
    for (const { id, value } of entries.slice(from)) this.#send({ ...value, id }, inbox);
    const stop = this.server.follow((entry) => (this.execution.isDead ? stop() : this.#send(entry, inbox)));
    signal.addEventListener('abort', stop, { once: true });
    yield* inbox.items();
  }

  #send(entry: ActivityEntry, inbox: Inbox<ActivityEntry>): void {
    const { link, execution } = this;
    const place = inbox.reserve();
    const arrive = () => {
      if (execution.isDead) return;
      if (!link.isOpen) return link.later(arrive);
      execution.deliver(() => place(entry));
    };
    link.later(arrive);
  }
}

/** Keeps the order in which places were taken, whatever comes first. */
class Inbox<T> {
  readonly #places: { item?: T }[] = [];
  #wake: () => void = () => undefined;

  constructor(private readonly signal: AbortSignal) {
    signal.addEventListener('abort', () => this.#wake(), { once: true });
  }

  reserve(): (item: T) => void {
    const place: { item?: T } = {};
    this.#places.push(place);
    return (item) => {
      place.item = item;
      this.#wake();
    };
  }

  async *items(): AsyncGenerator<T> {
    while (!this.signal.aborted) {
      const [first] = this.#places;
      if (first?.item === undefined) {
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
      } else {
        this.#places.shift();
        yield first.item;
      }
    }
  }
}

class RemoteCommands implements CommandQueue {
  constructor(
    private readonly execution: Running,
    private readonly link: Network,
    private readonly queue: CommandQueue,
    private readonly limitMs: number,
  ) {}

  send(exchangeId: number, command: Command, ttlMs: number): Promise<string> {
    return this.link.ask(this.execution, 'sending a command', this.limitMs, () =>
      this.queue.send(exchangeId, command, ttlMs),
    );
  }

  take(exchangeId: number, queueId: string, taker: string): Promise<TakeOutcome> {
    return this.link.ask(this.execution, 'taking a command', this.limitMs, () =>
      this.queue.take(exchangeId, queueId, taker),
    );
  }

  async *follow(exchangeId: number, signal: AbortSignal): AsyncGenerator<QueuedCommand> {
    const inbox = new Inbox<QueuedCommand>(signal);
    void this.#pump(exchangeId, signal, inbox);
    yield* inbox.items();
  }

  async #pump(exchangeId: number, signal: AbortSignal, inbox: Inbox<QueuedCommand>): Promise<void> {
    for await (const queued of this.queue.follow(exchangeId, signal)) {
      const place = inbox.reserve();
      this.link.later(() => this.execution.deliver(() => place(queued)));
    }
  }
}
