/**
 * What this instance says of its health.
 *
 * Decides what counts as unhealthy: Redis does not answer, or this instance works on an exchange whose claim it cannot
 * prove. Holding nothing is healthy, and so are waiting and being paused.
 */
import { Injectable, ServiceUnavailableException } from '@nestjs/common';
import { HealthCheckService, HealthIndicatorService, type HealthCheckResult } from '@nestjs/terminus';
import type { ErrorCode } from '../errors';
import { InstanceRegistry } from '../registry/instance-registry';
import type { LeaseHealth } from '../registry/lease';
import type { ConnectionState } from '../state-machine/connection-state';
import { StateMachine } from '../state-machine/state-machine';
import { RedisProbe, type RedisHealth } from './redis-probe';

export interface HealthReport {
  /** `ok`, `error` or `shutting_down`. */
  readonly status: string;
  readonly connectionState: ConnectionState;
  /** The name of the exchange held here. */
  readonly exchange: string | null;
  readonly instanceId: string;
  readonly lease: LeaseHealth;
  readonly redis: RedisHealth;
  /** The code of the last failure. Its text may name hosts, and is for those who have a token: `GET /control/status`. */
  readonly lastError: ErrorCode | null;
  readonly lastErrorAt: string | null;
  /** Each indicator by itself, as @nestjs/terminus reports it. */
  readonly details: HealthCheckResult['details'];
}

@Injectable()
export class HealthReporter {
  constructor(
    private readonly health: HealthCheckService,
    private readonly indicators: HealthIndicatorService,
    private readonly registry: InstanceRegistry,
    private readonly machine: StateMachine,
    private readonly probe: RedisProbe,
  ) {}

  async report(): Promise<HealthReport> {
    const redis = await this.probe.check();
    const lease = this.registry.leaseHealth;
    const connectionState = this.machine.currentState;
    const { status, details } = await this.#check(redis, lease, connectionState);
    return {
      status,
      connectionState,
      exchange: this.registry.lease?.exchange.name ?? null,
      instanceId: this.registry.instanceId,
      lease,
      redis,
      lastError: this.registry.lastError?.code ?? null,
      lastErrorAt: this.registry.lastError?.at ?? null,
      details,
    };
  }

  /** Why this instance has no claim although one is asked for, without the message: that may name hosts. */
  #waiting() {
    const { waiting } = this.machine.facts;
    return waiting ? { waiting: { code: waiting.code, until: waiting.until } } : {};
  }

  async #check(redis: RedisHealth, lease: LeaseHealth, state: ConnectionState): Promise<HealthCheckResult> {
    const isDoubtful = lease === 'unknown' || (lease === 'lost' && state !== 'idle');
    const redisIndicator = this.indicators.check('redis');
    const leaseIndicator = this.indicators.check('lease');
    try {
      return await this.health.check([
        () => (redis === 'up' ? redisIndicator.up() : redisIndicator.down()),
        () =>
          isDoubtful ? leaseIndicator.down({ lease }) : leaseIndicator.up({ lease, ...this.#waiting() }),
      ]);
    } catch (error) {
      if (error instanceof ServiceUnavailableException) return error.getResponse() as HealthCheckResult;
      throw error;
    }
  }
}
