/**
 * Looks at Redis itself, past every proxy, many times a second: a key of a claim always has a TTL and is gone one TTL and a second
 * after it was last written; no older claim comes back; every event is in the activity log once, in order, and every move is an allowed one.
 */
import type { Redis } from 'ioredis';
import type { ActivityEntry } from '../../src/registry/activity';
import { keys } from '../../src/registry/redis/keys';
import { ActivityCheck } from '../simulation/checks/activity';
import { Timeline } from '../simulation/timeline';
import { Trace } from '../simulation/trace';
import { Verdict } from '../simulation/violation';
import { now } from './history';

export const EXCHANGE_ID = 2;
/** What a nemesis puts under the status key, without a TTL. */
export const POISON = 'poison';
/** How long after its TTL a key may still be seen, on a machine that is busy. */
const GHOST_SLACK_MS = 1_000;
const LOOK_EVERY_MS = 40;

export class RedisWatch {
  readonly findings: string[] = [];
  looks = 0;
  readonly #verdict = new Verdict();
  #activity = new ActivityCheck(this.#verdict, new Trace(new Timeline()));
  #lastId = '-';
  #newestToken = 0;
  #last = { text: '', sinceMs: 0 };
  #timer: NodeJS.Timeout | undefined;
  #looking: Promise<void> = Promise.resolve();
  /** A Redis that stands still expires nothing; the time until the next look after it does not count. */
  #blindUntilMs = 0;

  constructor(
    /** Of whoever takes the writes now. */
    private readonly client: () => Redis,
    private readonly leaseTtlMs: number,
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
    if (this.#verdict.violation !== null) this.findings.push(this.#verdict.violation.message);
  }

  /** Redis has lost its data. */
  forgotten(): void {
    this.#activity.lost();
    this.#lastId = '-';
  }

  #blind(): void {
    this.#blindUntilMs = now();
    this.#last = { text: '', sinceMs: 0 };
  }

  async #look(): Promise<void> {
    const [status, commands] = [keys.status(EXCHANGE_ID), keys.commands(EXCHANGE_ID)];
    const began = now();
    const replies = await this.client().multi().get(status).pttl(status).pttl(commands).exec();
    if (now() - began > GHOST_SLACK_MS / 4) this.#blind();
    const [text, ttlMs, commandsTtlMs] = (replies ?? []).map(([, value]) => value);
    this.looks += 1;
    if (ttlMs === -1 && text !== POISON) this.#find(`status TTL: the status key has no TTL: ${String(text)}`);
    if (commandsTtlMs === -1) this.#find('commands TTL: the stream of commands has no TTL');
    if (typeof text === 'string') this.#watchTokens(text);
    this.#watchForGhosts(typeof text === 'string' ? text : '');
    await this.#readActivity();
  }

  /** A write of somebody who no longer holds would show an older claim again. */
  #watchTokens(text: string): void {
    const token = Number(/"fencingToken":(\d+)/.exec(text)?.[1] ?? 0);
    if (token > 0 && token < this.#newestToken)
      this.#find(`foreign write: token ${token} is back after ${this.#newestToken}`);
    this.#newestToken = Math.max(token, this.#newestToken);
  }

  #watchForGhosts(text: string): void {
    if (text !== this.#last.text) this.#last = { text, sinceMs: now() };
    if (text === '' || text === POISON) return;
    const agoMs = now() - Math.max(this.#last.sinceMs, this.#blindUntilMs);
    if (agoMs > this.leaseTtlMs + GHOST_SLACK_MS)
      this.#find(`ghost: the same status is there for ${agoMs.toFixed(0)} ms: ${text}`);
  }

  async #readActivity(): Promise<void> {
    const from = this.#lastId === '-' ? '-' : `(${this.#lastId}`;
    for (const [id, fields] of await this.client().xrange(
      keys.activity(EXCHANGE_ID),
      from,
      '+',
      'COUNT',
      500,
    )) {
      this.#lastId = id;
      const event = JSON.parse(fields[fields.indexOf('event') + 1] ?? '') as ActivityEntry;
      this.#activity.appended({ ...event, id });
    }
  }

  #find(finding: string): void {
    if (this.findings.length < 20) this.findings.push(finding);
  }
}
