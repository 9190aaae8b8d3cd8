/**
 * Whether Redis answers now. One question at a time and no more than one a second, however often health is asked for;
 * each bounded, so that a health check always answers.
 */
import { Inject, Injectable } from '@nestjs/common';
import { elapsedMs, type Clock, type ClockReading } from '../clock';
import { InstanceRegistry } from '../registry/instance-registry';
import type { LeaseStore } from '../registry/lease-store';
import type { RegistrySettings } from '../registry/registry.options';
import { CLOCK, LEASE_STORE, REGISTRY_SETTINGS } from '../registry/registry.tokens';

export type RedisHealth = 'up' | 'down';

/** How long an answer counts. */
const FRESH_MS = 1_000;
/** Without a claim any exchange will do: reading one that nobody ever claimed is an answer too. */
const ANY_EXCHANGE = 1;

@Injectable()
export class RedisProbe {
  #last: { readonly at: ClockReading; readonly answer: Promise<RedisHealth> } | null = null;

  constructor(
    @Inject(LEASE_STORE) private readonly store: LeaseStore,
    @Inject(REGISTRY_SETTINGS) private readonly settings: Pick<RegistrySettings, 'commandTimeoutMs'>,
    @Inject(CLOCK) private readonly clock: Clock,
    private readonly registry: InstanceRegistry,
  ) {}

  /** Resolves within the command timeout, never rejects. */
  check(): Promise<RedisHealth> {
    const at = this.clock.read();
    if (this.#last === null || elapsedMs(this.#last.at, at) >= FRESH_MS) {
      this.#last = { at, answer: this.#ask() };
    }
    return this.#last.answer;
  }

  #ask(): Promise<RedisHealth> {
    return new Promise((resolve) => {
      const timer = this.clock.setTimer(this.settings.commandTimeoutMs, () => resolve('down'));
      const settle = (health: RedisHealth) => {
        timer.cancel();
        resolve(health);
      };
      // On Cluster another exchange is on another node.
      this.store.read([this.registry.lease?.exchange.id ?? ANY_EXCHANGE]).then(
        ([outcome]) => settle(outcome?.outcome === 'read' ? 'up' : 'down'),
        () => settle('down'),
      );
    });
  }
}
