/**
 * Records who was connected, per key, and when: proof of exclusion that asks nobody but the exchange.
 *
 * A client counts from its first accepted subscription until its last one ends or its socket closes. Two sockets
 * of one named client are one client; an unnamed socket is a client of its own. What it cannot see: whether a
 * client whose socket is still open is alive. A stopped process stays connected here, as it would there.
 */
const MAX_KEYS = 1_000;
const MAX_INTERVALS = 1_000;
const MAX_NAME = 100;

/** All times are Unix milliseconds. */
export interface WitnessInterval {
  readonly client: string;
  readonly openedAt: number;
  /** `null`: it never subscribed (and then `from` is `null` too). */
  readonly subscribedAt: number | null;
  /** `null`: the socket is still open. */
  readonly closedAt: number | null;
  /** The time it counted as connected; `to` is `null` while it still does. */
  readonly from: number | null;
  readonly to: number | null;
}

/** A span during which two or more clients of one key were connected. */
export interface WitnessOverlap {
  readonly from: number;
  readonly to: number | null;
  /** Every client that was connected at some moment of it. */
  readonly clients: readonly string[];
}

export interface WitnessOfKey {
  /** Clients connected now, and the most that ever were at one moment. */
  readonly now: number;
  readonly max: number;
  /** The same for open sockets, subscribed or not. */
  readonly sockets: { readonly now: number; readonly max: number };
  /** Oldest first. */
  readonly intervals: readonly WitnessInterval[];
  readonly overlaps: readonly WitnessOverlap[];
  /** Intervals and overlaps that were forgotten because there were too many. */
  readonly dropped: number;
}

export interface WitnessReport {
  readonly keys: Readonly<Record<string, WitnessOfKey>>;
}

type Writable<T> = { -readonly [P in keyof T]: T[P] };

interface KeyRecord {
  max: number;
  sockets: number;
  maxSockets: number;
  intervals: Writable<WitnessInterval>[];
  overlaps: { from: number; to: number | null; clients: string[] }[];
  dropped: number;
}

/** One socket, as long as it is open. Every method may be called again without effect. */
export interface WitnessedSocket {
  readonly client: string;
  subscribed(): void;
  /** Its last subscription has ended; the socket is still open. */
  unsubscribed(): void;
  closed(): void;
}

export class Witness {
  private readonly keys = new Map<string, KeyRecord>();
  private sockets = 0;

  constructor(private readonly now: () => number) {}

  /** A socket was accepted. `client` is the name it gave, if any. */
  open(key: string, client: string | undefined): WitnessedSocket {
    const record = this.recordOf(key.slice(0, MAX_NAME));
    const name = client?.slice(0, MAX_NAME) || `socket-${++this.sockets}`;
    const openedAt = this.now();
    const own = [this.begin(record, name, openedAt)];
    record.maxSockets = Math.max(record.maxSockets, ++record.sockets);
    let closed = false;
    const end = () => {
      const current = own.at(-1);
      if (current === undefined || current.from === null || current.to !== null) return;
      current.to = this.now();
      this.settle(record, current.to);
    };
    return {
      client: name,
      subscribed: () => {
        if (closed) return;
        if (own.at(-1)?.to !== null) own.push(this.begin(record, name, openedAt));
        const current = own.at(-1);
        if (current === undefined || current.from !== null) return;
        current.subscribedAt = current.from = this.now();
        this.settle(record, current.from);
      },
      unsubscribed: end,
      closed: () => {
        if (closed) return;
        closed = true;
        end();
        record.sockets--;
        for (const interval of own) interval.closedAt = this.now();
      },
    };
  }

  report(): WitnessReport {
    const keys = [...this.keys].map(([key, record]) => [key, reportOf(record)] as const);
    return { keys: Object.fromEntries(keys) };
  }

  private recordOf(key: string): KeyRecord {
    const known = this.keys.get(key);
    if (known !== undefined) return known;
    const idle = [...this.keys].find(([, { sockets }]) => sockets === 0);
    if (this.keys.size >= MAX_KEYS && idle !== undefined) this.keys.delete(idle[0]);
    const record: KeyRecord = { max: 0, sockets: 0, maxSockets: 0, intervals: [], overlaps: [], dropped: 0 };
    this.keys.set(key, record);
    return record;
  }

  private begin(record: KeyRecord, client: string, openedAt: number): Writable<WitnessInterval> {
    const interval = { client, openedAt, subscribedAt: null, closedAt: null, from: null, to: null };
    record.intervals.push(interval);
    if (record.intervals.length > MAX_INTERVALS) {
      const ended = record.intervals.findIndex(({ closedAt }) => closedAt !== null);
      record.intervals.splice(Math.max(0, ended), 1);
      record.dropped++;
    }
    return interval;
  }

  /** Brings the highest number and the overlaps up to date after a client came or went. */
  private settle(record: KeyRecord, at: number): void {
    const clients = clientsOf(record);
    record.max = Math.max(record.max, clients.length);
    const last = record.overlaps.at(-1);
    const open = last !== undefined && last.to === null ? last : undefined;
    if (clients.length < 2) {
      if (open !== undefined) open.to = at;
    } else if (open === undefined) {
      record.overlaps.push({ from: at, to: null, clients });
      if (record.overlaps.length > MAX_INTERVALS) {
        record.overlaps.shift();
        record.dropped++;
      }
    } else {
      open.clients = [...new Set([...open.clients, ...clients])];
    }
  }
}

function clientsOf(record: KeyRecord): string[] {
  const connected = record.intervals.filter(({ from, to }) => from !== null && to === null);
  return [...new Set(connected.map(({ client }) => client))];
}

function reportOf(record: KeyRecord): WitnessOfKey {
  return {
    now: clientsOf(record).length,
    max: record.max,
    sockets: { now: record.sockets, max: record.maxSockets },
    intervals: record.intervals.map((interval) => ({ ...interval })),
    overlaps: record.overlaps.map((overlap) => ({ ...overlap })),
    dropped: record.dropped,
  };
}
