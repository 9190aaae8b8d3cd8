/**
 * Looks at Redis itself, past every proxy, many times a second: a key of a claim always has a TTL and is gone one TTL and a second
 * after it was last written; no older claim comes back; every event is in the activity log once, in order, and every move is an allowed one.
 */
import type { Redis } from 'ioredis';
import type { ActivityEntry } from '../../src/registry/activity';
import { keys } from '../../src/registry/redis/keys';
import { readOwner } from '../../src/registry/status-text';
import { ActivityCheck } from '../simulation/checks/activity';
import { Timeline } from '../simulation/timeline';
import { Trace } from '../simulation/trace';
import { Verdict } from '../simulation/violation';
import { now, timed, type HistoryEvent } from './history';
import { keyOf, type LoggedEvent } from './log-check';

export const EXCHANGE_ID = 2;
/** A series of the work's, which has one point for each token that wrote (fixtures/recorder.cjs). */
const DATA = keys.data(EXCHANGE_ID, 'chaos');
/** What a nemesis puts under the status key, without a TTL. */
export const POISON = 'poison';
/** How long after its TTL a key may still be seen, on a machine that is busy. */
const GHOST_SLACK_MS = 1_000;
const LOOK_EVERY_MS = 40;

export class RedisWatch {
  readonly findings: string[] = [];
  looks = 0;
  /** What was in the log, whether or not it was lost later. */
  readonly logged: LoggedEvent[] = [];
  readonly #known = new Set<string>();
  readonly #verdict = new Verdict();
  #isViolationFound = false;
  #activity = new ActivityCheck(this.#verdict, new Trace(new Timeline()), false);
  #lastId = '-';
  /** Which log is read: it counts those that have been lost. */
  #log = 0;
  /** The last event of each instance in this log. */
  readonly #seqs = new Map<string, number>();
  #newestToken = 0;
  /** The newest claim when one was last robbed, and when that was. */
  #robbed = { token: 0, atMs: Number.NEGATIVE_INFINITY };
  /** Under the status key when it was last looked at; 0: none. */
  #tokenThere = 0;
  #last = { text: '', sinceMs: 0 };
  /** The points of the work's series, and when the look began that saw them. */
  #data: { readonly points: ReadonlySet<string>; readonly at: number } = { points: new Set(), at: now() };
  #timer: NodeJS.Timeout | undefined;
  #looking: Promise<void> = Promise.resolve();
  /** When the log was last read to its end. */
  #readAt = now();
  /** A Redis that stands still expires nothing; the time until the next look after it does not count. */
  #blindUntilMs = 0;

  constructor(
    /** Of whoever takes the writes now. */
    private readonly client: () => Redis,
    private readonly leaseTtlMs: number,
    private readonly note: (event: HistoryEvent) => void,
  ) {}

  get entries(): number {
    return this.#activity.entries;
  }

  start(): void {
    this.#timer = setInterval(() => {
      this.#looking = this.#looking.then(() => this.#look()).catch(() => this.#blind());
    }, LOOK_EVERY_MS);
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.#looking;
    await this.#readActivity();
  }

  /** Redis has lost its data. */
  forgotten(): void {
    this.#activity.lost();
    this.#beginAnew();
    // Who was robbed of its claim may still prove it, and Redis knows of no later one any more: it may put its key back.
    if (this.#isJustRobbed) this.#newestToken = Math.min(this.#newestToken, this.#robbed.token);
  }

  /** An outsider has taken the claim from whoever had it. */
  robbed(): void {
    const token = this.#isJustRobbed ? this.#robbed.token : this.#newestToken;
    this.#robbed = { token, atMs: now() };
  }

  get #isJustRobbed(): boolean {
    return now() - this.#robbed.atMs < this.leaseTtlMs;
  }

  #beginAnew(): void {
    this.note({ what: 'log-lost', pid: 0, at: this.#readAt, until: now() });
    this.#lastId = '-';
    this.#log += 1;
    this.#seqs.clear();
  }

  /** Another server takes the writes now. It may not have got the last claims: an older one may be back. */
  moved(): void {
    this.#activity.moved();
    this.#beginAnew();
    this.#newestToken = 0;
    this.#blind();
  }

  /** Another server takes writes too, at the moment. */
  split(): void {
    this.#activity.split();
  }

  /** Redis keeps what it has for so much longer than it was told to. */
  keptLonger(byMs: number): void {
    this.#blindUntilMs = Math.max(this.#blindUntilMs, now()) + byMs;
  }

  #blind(): void {
    this.#blindUntilMs = Math.max(this.#blindUntilMs, now());
    this.#last = { text: '', sinceMs: 0 };
  }

  async #look(): Promise<void> {
    const [status, commands] = [keys.status(EXCHANGE_ID), keys.commands(EXCHANGE_ID)];
    const [began, log] = [now(), this.#log];
    const replies = await this.client()
      .multi()
      .role()
      .get(status)
      .pttl(status)
      .pttl(commands)
      .zrange(DATA, '0', '-1')
      .exec();
    if (now() - began > GHOST_SLACK_MS / 4) this.#blind();
    if (log !== this.#log) return;
    const [role, text, ttlMs, commandsTtlMs, points] = (replies ?? []).map(([, value]) => value);
    if (!isPrimary(role)) return this.#blind();
    this.looks += 1;
    if (ttlMs === -1 && text !== POISON) this.#find(`status TTL: the status key has no TTL: ${String(text)}`);
    if (commandsTtlMs === -1) this.#find('commands TTL: the stream of commands has no TTL');
    if (typeof text === 'string') this.#watchTokens(text);
    this.#noteChange(typeof text === 'string' ? tokenIn(text) : 0);
    this.#watchForGhosts(typeof text === 'string' ? text : '');
    if (Array.isArray(points)) this.#noteData(points.map(String), began);
    await this.#readActivity();
  }

  /** Each token under which something was written since the look before. */
  #noteData(points: readonly string[], began: number): void {
    const { points: before, at } = this.#data;
    const tokens = points.filter((point) => !before.has(point)).map((point) => Number(point.split(' ')[0]));
    for (const token of new Set(tokens)) this.note({ what: 'data-written', pid: 0, token, at, until: now() });
    this.#data = { points: new Set(points), at: began };
  }

  /** A write of somebody who no longer holds would show an older claim again. */
  #watchTokens(text: string): void {
    const token = tokenIn(text);
    if (token > 0 && token < this.#newestToken)
      this.#find(`foreign write: token ${token} is back after ${this.#newestToken}`);
    this.#newestToken = Math.max(token, this.#newestToken);
  }

  #noteChange(token: number): void {
    if (token !== this.#tokenThere) this.note({ what: 'key-changed', pid: 0, at: now(), token });
    this.#tokenThere = token;
  }

  #watchForGhosts(text: string): void {
    if (text !== this.#last.text) this.#last = { text, sinceMs: now() };
    if (text === '' || text === POISON) return;
    const agoMs = now() - Math.max(this.#last.sinceMs, this.#blindUntilMs);
    if (agoMs > this.leaseTtlMs + GHOST_SLACK_MS)
      this.#find(`ghost: the same status is there for ${agoMs.toFixed(0)} ms: ${text}`);
  }

  async #readActivity(): Promise<void> {
    const log = this.#log;
    const from = this.#lastId === '-' ? '-' : `(${this.#lastId}`;
    const key = keys.activity(EXCHANGE_ID);
    const began = now();
    const status = keys.status(EXCHANGE_ID);
    const replies = await this.client()
      .multi()
      .role()
      .get(status)
      .xrange(key, from, '+', 'COUNT', 500)
      .exec();
    const [role, text, entries] = (replies ?? []).map(([, value]) => value) as [
      unknown,
      unknown,
      [string, string[]][]?,
    ];
    if (log !== this.#log || !isPrimary(role) || entries === undefined) return;
    if (entries.length < 500) this.#readAt = began;
    const standing = typeof text === 'string' ? (readOwner(text)?.claimId ?? null) : null;
    for (const [id, fields] of entries) {
      this.#lastId = id;
      const event = JSON.parse(fields[fields.indexOf('event') + 1] ?? '') as ActivityEntry;
      this.#watchSeqs(event);
      this.#keep(event);
      this.#activity.appended({ ...event, id }, standing);
      this.#findInLog();
    }
  }

  /** Log and journal are written together: whatever state of the data is kept, it has each event once. */
  #watchSeqs({ instanceId, seq }: ActivityEntry): void {
    const last = this.#seqs.get(instanceId) ?? 0;
    if (seq <= last)
      this.#find(`activity once: event ${seq} of ${instanceId} is in the log after its event ${last}`);
    this.#seqs.set(instanceId, Math.max(last, seq));
  }

  /** Another server's log is read from its beginning. */
  #keep({ instanceId, seq, type, cause, from, to }: ActivityEntry): void {
    const move = type === 'transition' ? { move: `${from}>${to}` } : {};
    const event = { instanceId, seq, type, cause, ...move };
    if (this.#known.has(keyOf(event))) return;
    this.#known.add(keyOf(event));
    this.logged.push(event);
  }

  /** The first of the check of the log, which goes on no further. */
  #findInLog(): void {
    const { violation } = this.#verdict;
    if (violation === null || this.#isViolationFound) return;
    this.#isViolationFound = true;
    this.#find(violation.message);
  }

  #find(finding: string): void {
    if (this.findings.length < 20) this.findings.push(timed(finding, now()));
  }
}

function tokenIn(text: string): number {
  return Number(/"fencingToken":(\d+)/.exec(text)?.[1] ?? 0);
}

/** One that has become a replica, and nobody has noticed yet, has the data of somebody else. */
function isPrimary(role: unknown): boolean {
  return Array.isArray(role) && role[0] === 'master';
}
