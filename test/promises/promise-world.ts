/**
 * What every promise is tested in: real API processes, a real Redis, and an exchange of the test's own whose witness
 * says who was connected and when, without asking Redis.
 */
import type { ChainableCommander, Redis } from 'ioredis';
import { ExchangeSimulator } from '../../src/exchange/simulator/exchange-simulator';
import type { WitnessOfKey } from '../../src/exchange/simulator/witness';
import type { FailpointName } from '../../src/failpoints';
import { keys } from '../../src/registry/redis/keys';
import { type ApiOptions, type ApiProcess, startApi } from '../support/api-process';
import { useCleanUp, useRedis } from '../support/hooks';
import { forgetResource, trackResource } from '../support/live-resources';
import type { RedisServer, RedisServerOptions } from '../support/redis-server';
import { waitFor } from '../support/wait-for';

/** Short enough for a test to see a claim expire, long enough for a busy machine to renew it. */
export const TIMES = {
  leaseTtlMs: 3_000,
  heartbeatIntervalMs: 600,
  safetyMarginMs: 500,
  commandTimeoutMs: 250,
};

/** The exchange of all these tests: `simulator` of the built-in catalogue. */
const EXCHANGE_ID = 2;
export const STATUS_KEY = keys.status(EXCHANGE_ID);
export const FENCE_KEY = keys.fence(EXCHANGE_ID);
export const ACTIVITY_KEY = keys.activity(EXCHANGE_ID);

/** Options of an instance that stands still, as by SIGSTOP, when it comes by that failpoint after SIGUSR2. */
export function frozenAt(failpoint: FailpointName): ApiOptions {
  return {
    nodeArgs: ['--require', `${__dirname}/fixtures/at-failpoint.cjs`],
    env: { FAILPOINT: failpoint, FAILPOINT_DO: 'freeze' },
  };
}

export interface Status {
  readonly [field: string]: unknown;
  readonly instanceId: string;
  readonly claimId: string;
  readonly fencingToken: number;
  readonly connectionState: string;
  readonly lastHeartbeat: string;
}

export interface Event {
  readonly [field: string]: unknown;
  /** When Redis took it, Unix ms by the clock of this machine. */
  readonly takenAt: number;
  readonly type: string;
  readonly instanceId: string;
  readonly seq: number;
  readonly from?: string;
  readonly to?: string;
}

export class PromiseWorld {
  constructor(
    readonly redis: RedisServer,
    readonly simulator: ExchangeSimulator,
    private readonly simulatorUrl: string,
    readonly client: Redis,
  ) {}

  /** An instance that holds nothing yet. */
  idle({ env, ...options }: ApiOptions = {}): Promise<ApiProcess> {
    const settings = {
      REDIS_URL: this.redis.url,
      SIMULATOR_URL: this.simulatorUrl,
      LEASE_TTL_MS: String(TIMES.leaseTtlMs),
      HEARTBEAT_INTERVAL_MS: String(TIMES.heartbeatIntervalMs),
      SAFETY_MARGIN_MS: String(TIMES.safetyMarginMs),
      COMMAND_TIMEOUT_MS: String(TIMES.commandTimeoutMs),
      EMPTY_REDIS_GRACE: 'off',
    };
    return startApi({ ...options, env: { ...settings, ...env } });
  }

  autostarted(options: ApiOptions = {}): Promise<ApiProcess> {
    return this.idle({ ...options, args: ['--autostart', 'simulator', ...(options.args ?? [])] });
  }

  /** An instance that has come as far as `active`. */
  async holder(options: ApiOptions = {}): Promise<ApiProcess> {
    const api = await this.autostarted(options);
    await api.waitForState('active');
    return api;
  }

  /** An instance that waits for the present holder to go. */
  async standby(options: ApiOptions = {}): Promise<ApiProcess> {
    const api = await this.autostarted({ ...options, args: ['--standby'] });
    await api.waitForLog({ msg: /^waiting: / });
    return api;
  }

  /** The published status; `null` when there is none that can be read. */
  async status(): Promise<Status | null> {
    const text = await this.client.get(STATUS_KEY);
    return text === null ? null : (JSON.parse(text) as Status);
  }

  waitForStatus(fits: (status: Status) => boolean): Promise<Status> {
    return waitFor(
      async () => {
        const status = await this.status();
        return status !== null && fits(status) ? status : null;
      },
      { describe: 'the published status to be as wanted' },
    );
  }

  waitForHolder(api: ApiProcess): Promise<Status> {
    return this.waitForStatus(({ pid }) => pid === api.pid);
  }

  /** The status and its TTL, read in one step. */
  async statusWithTtl(): Promise<{ text: string | null; ttlMs: number; expiresAt: number }> {
    const reading: ChainableCommander = this.client.multi().get(STATUS_KEY).pttl(STATUS_KEY);
    const replies = await reading.call('PEXPIRETIME', STATUS_KEY).exec();
    const [text, ttlMs, expiresAt] = (replies ?? []).map(([, value]) => value);
    return { text: text as string | null, ttlMs: Number(ttlMs), expiresAt: Number(expiresAt) };
  }

  /** The whole activity log, oldest first. */
  async activity(): Promise<Event[]> {
    const entries = await this.client.xrange(ACTIVITY_KEY, '-', '+');
    return entries.map(([id, fields]) => {
      const event = JSON.parse(fields[fields.indexOf('event') + 1] ?? '') as Event;
      return { ...event, takenAt: Number(id.split('-')[0]) };
    });
  }

  waitForEvent(fits: (event: Event) => boolean): Promise<Event> {
    return waitFor(async () => (await this.activity()).find((event) => fits(event)), {
      describe: 'an event in the activity log',
    });
  }

  /** What the exchange saw. */
  get witness(): WitnessOfKey {
    const seen = this.simulator.witness.report().keys['simulator'];
    return seen ?? { now: 0, max: 0, sockets: { now: 0, max: 0 }, intervals: [], overlaps: [], dropped: 0 };
  }
}

/** One Redis for the file, and for every test an exchange, with everything ended after it. */
export function usePromiseWorld(options: RedisServerOptions = {}): { readonly current: PromiseWorld } {
  const redis = useRedis(options);
  let world: PromiseWorld | undefined;
  useCleanUp();
  beforeEach(async () => {
    // Instances started one after another must not be held up by the limit of one address.
    const simulator = new ExchangeSimulator({ requestsPerSecond: 1_000 });
    const { restUrl } = await simulator.listen();
    const resource = {
      name: 'exchange simulator',
      stop: async () => {
        forgetResource(resource);
        await simulator.close();
      },
    };
    trackResource(resource);
    world = new PromiseWorld(redis.current, simulator, restUrl, redis.current.client());
  });
  return {
    get current() {
      if (world === undefined) throw new Error('usePromiseWorld: the world is made in beforeEach');
      return world;
    },
  };
}
