/**
 * Which of several servers takes the writes, looked at many times a second.
 *
 * While two take them, each may grant and confirm what the other never learns: asynchronous replication promises no more. Such a span
 * begins when both have clients, ends when one is no primary any more, and is noted as `split`. One to which nobody is connected, as
 * when it comes back after its successor has been found, grants nothing. One that hangs still counts as what it was: it may go on.
 */
import type { Redis } from 'ioredis';
import type { RedisServer } from '../support/redis-server';
import { now, type HistoryEvent } from './history';
import { OUTSIDER, outsiderOf } from './redis-side';

const LOOK_EVERY_MS = 40;
const ANSWER_WITHIN_MS = 200;
/** A server that has just come back is asked only once its client is connected again. */
const UNSEEN_MS = 250;

/** What a grant, a renewal or an entry of the log writes. What is replicated counts too: rather a span too many. */
const WRITTEN = /^cmdstat_(?:set|pexpire|del|xadd):calls=[1-9]/m;

const OTHERS = new RegExp(` name=(?:${OUTSIDER}|sentinel-)`);

/** Another server takes the writes from now on; or also takes them, which is told at every look at which it does. */
export type RoleChange = 'moved' | 'split';

interface Watched {
  readonly server: RedisServer;
  readonly client: Redis;
  isMaster: boolean;
  /** Since when it is back from its death, believing that it is primary; `null` once it has been told otherwise, or nobody else is. */
  backSince: number | null;
}

export class RoleWatch {
  readonly #watched: readonly Watched[];
  #primary: Watched;
  #splitSince: number | null = null;
  #lastLookAt = now();
  #timer: NodeJS.Timeout | undefined;
  #looking: Promise<void> = Promise.resolve();
  /** How often another server took over. */
  moves = 0;
  /** Those that are over, and at which every server that runs has said what it was asked. */
  looks = 0;
  #splitMs = 0;

  constructor(
    servers: readonly [RedisServer, ...RedisServer[]],
    private readonly note: (event: HistoryEvent) => void,
    private readonly onChange: (change: RoleChange) => void,
    /** The port of the server that was promoted last, by those who promote; `null` when they do not say. */
    private readonly promoted: () => Promise<number | null>,
  ) {
    const [first, ...others] = servers.map((server) => ({
      server,
      client: outsiderOf(server),
      isMaster: server === servers[0],
      backSince: null,
    }));
    if (first === undefined) throw new RangeError('no server');
    this.#watched = [first, ...others];
    this.#primary = first;
  }

  get primary(): Pick<Watched, 'server' | 'client'> {
    return this.#primary;
  }

  get servers(): readonly RedisServer[] {
    return this.#watched.map(({ server }) => server);
  }

  get figures(): Readonly<Record<string, number>> {
    return { 'take-overs': this.moves, 'ms with two primaries': Math.round(this.#splitMs) };
  }

  clientOf(server: RedisServer): Redis {
    return this.#watched.find((each) => each.server === server)?.client ?? this.#primary.client;
  }

  /** Starts a dead server again, which believes that it is the primary until it is told otherwise. */
  async bringBack(server: RedisServer): Promise<void> {
    const backSince = now();
    await server.restart({ keepData: true });
    for (const each of this.#watched) if (each.server === server) each.backSince = backSince;
  }

  start(): void {
    this.#timer = setInterval(() => {
      this.#looking = this.#looking.then(() => this.#look());
    }, LOOK_EVERY_MS);
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.#looking;
    if (this.#splitSince !== null) this.#split(this.#splitSince, now());
    for (const { client } of this.#watched) client.disconnect();
  }

  async #look(): Promise<void> {
    const began = now();
    const told = await Promise.all(this.#watched.map((each) => ask(each)));
    const masters = this.#watched.filter(({ isMaster }) => isMaster);
    const busy = masters.length < 2 ? masters : await busyOf(masters);
    if (masters.length < 2 && this.#splitSince !== null) {
      this.#split(this.#splitSince, now());
      this.#splitSince = null;
    }
    if (busy.length > 1) {
      this.#splitSince ??= this.#lastLookAt - UNSEEN_MS;
      this.onChange('split');
    }
    const [only, ...more] = busy;
    const isAlone = only !== undefined && only !== this.#primary && more.length === 0;
    if (isAlone && (masters.length === 1 || (await this.#isPromoted(only)))) this.#move(only);
    for (const each of this.#watched)
      if (!each.isMaster || masters.length === 1) told.push(await this.#lookBack(each));
    this.#lastLookAt = began;
    if (told.every(Boolean)) this.looks += 1;
  }

  /** One that was deposed, or is back from its death, may be the only one with clients while nobody gets through to its successor. */
  async #isPromoted({ server }: Watched): Promise<boolean> {
    return (await inTime(this.promoted())) === server.port;
  }

  /** What it did meanwhile it counts itself: too short a while may have been between two looks. `false`: it has not said. */
  async #lookBack(watched: Watched): Promise<boolean> {
    const { client, backSince } = watched;
    if (backSince === null) return true;
    if (client.status !== 'ready') return false;
    const stats = await inTime(client.info('commandstats'));
    if (stats === null) return false;
    watched.backSince = null;
    if (/^cmdstat_eval(?:sha)?:/m.test(stats) && WRITTEN.test(stats)) this.#split(backSince, now());
    return true;
  }

  #move(to: Watched): void {
    this.#primary = to;
    this.moves += 1;
    this.note({ what: 'meddled', pid: 0, at: this.#lastLookAt - UNSEEN_MS, until: now() });
    this.onChange('moved');
  }

  #split(at: number, until: number): void {
    this.#splitMs += until - at;
    this.onChange('split');
    this.note({ what: 'split', pid: 0, at, until });
  }
}

/**
 * Those that would write what a client asks for, and have one that is neither ours nor a Sentinel. One that does not answer may
 * have some.
 */
async function busyOf(masters: readonly Watched[]): Promise<Watched[]> {
  const told = await Promise.all(
    masters.map(({ client }) =>
      inTime(Promise.all([client.call('CLIENT', 'LIST', 'TYPE', 'normal'), client.info('replication')])),
    ),
  );
  return masters.filter((_, at) => {
    const answer = told[at];
    if (answer === null || answer === undefined) return true;
    const [list, info] = [String(answer[0]), answer[1]];
    // Said only where `min-replicas-to-write` is set.
    if (info.includes('min_slaves_good_slaves:0')) return false;
    return list.split('\n').some((line) => line !== '' && !OTHERS.test(line));
  });
}

function inTime<T>(answer: Promise<T>): Promise<T | null> {
  const late = new Promise<null>((resolve) => setTimeout(resolve, ANSWER_WITHIN_MS, null).unref());
  return Promise.race([answer.catch(() => null), late]);
}

/** `false`: it has not said. */
async function ask(watched: Watched): Promise<boolean> {
  const { client, server } = watched;
  // Dead, it takes nothing; when it comes back it says what it is.
  if (!server.running) {
    watched.isMaster = false;
    return true;
  }
  const role = client.status === 'ready' ? await inTime(client.role()) : null;
  if (role !== null) watched.isMaster = role[0] === 'master';
  return role !== null;
}
