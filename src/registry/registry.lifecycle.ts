/**
 * Ties the registry to the life of the Nest application.
 *
 * Decides when things happen: pre-flight and, if an exchange is set, registration in `onApplicationBootstrap`;
 * deregistration in `beforeApplicationShutdown`, before the HTTP server closes; the connections last.
 */
import {
  Inject,
  Injectable,
  Logger,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
} from '@nestjs/common';
import type { RegistryAdapters } from './adapters';
import { InstanceRegistry } from './instance-registry';
import { Journal } from './journal';
import { lookUpPublicIp } from './public-ip';
import type { RegistrySettings } from './registry.options';
import { REGISTRY_ADAPTERS, REGISTRY_SETTINGS, WATCHDOG } from './registry.tokens';
import type { Watchdog } from './watchdog';

@Injectable()
export class RegistryLifecycle
  implements OnApplicationBootstrap, BeforeApplicationShutdown, OnApplicationShutdown
{
  readonly #logger = new Logger(RegistryLifecycle.name);
  readonly #closing = new AbortController();
  #checked: Promise<void> | null = null;

  constructor(
    private readonly registry: InstanceRegistry,
    private readonly journal: Journal,
    @Inject(REGISTRY_ADAPTERS) private readonly adapters: RegistryAdapters,
    @Inject(REGISTRY_SETTINGS) private readonly settings: RegistrySettings,
    @Inject(WATCHDOG) private readonly watchdog: Pick<Watchdog, 'close'> | null,
  ) {}

  /** Resolves once the store has been found fit; rejects with `PreflightFailedError`. Checks only once. */
  ready(): Promise<void> {
    this.#checked ??= this.#check();
    return this.#checked;
  }

  async onApplicationBootstrap(): Promise<void> {
    await this.ready();
    void this.#findPublicIp();
    const { exchange, work } = this.settings;
    if (exchange === null) return;
    await this.registry.register(exchange, { ...work, signal: this.#closing.signal, cause: 'bootstrap' });
  }

  /** Bounded by the limits of the work: work that is stuck keeps its claim, which then expires with the process. */
  async beforeApplicationShutdown(signal?: string): Promise<void> {
    this.#closing.abort();
    const released = this.registry.deregister({ actor: 'system', cause: signal ?? 'shutdown' });
    await Promise.race([released, this.registry.whenStuck()]);
  }

  async onApplicationShutdown(): Promise<void> {
    await this.journal.close();
    await this.adapters.close();
    await this.watchdog?.close();
  }

  async #check(): Promise<void> {
    for (const warning of await this.adapters.check()) {
      this.#logger.warn({ msg: warning, instance: this.registry.instanceId });
    }
  }

  async #findPublicIp(): Promise<void> {
    const { publicIp } = this.settings;
    if (publicIp === 'off') return;
    this.registry.setIpAddress(publicIp === 'auto' ? await lookUpPublicIp(fetch) : publicIp);
  }
}
