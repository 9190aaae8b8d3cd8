/**
 * Joins the runner to the life of the application: autostart when everything is there, an orderly stop before anything is
 * taken away.
 */
import {
  Inject,
  Injectable,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { publicMessageOf } from '../errors';
import { PROCESS_EXIT, type ProcessExit } from '../process-exit';
import { RegistryLifecycle } from '../registry/registry.lifecycle';
import { ExchangeRunner } from './exchange-runner';

export const AUTOSTART = Symbol('AUTOSTART');

export interface Autostart {
  readonly exchange: string;
  /** Wait while another instance holds it, instead of ending the process. */
  readonly standby: boolean;
}

@Injectable()
export class ControlLifecycle implements OnApplicationBootstrap, BeforeApplicationShutdown {
  constructor(
    private readonly runner: ExchangeRunner,
    private readonly registryLifecycle: RegistryLifecycle,
    @Inject(AUTOSTART) private readonly autostart: Autostart | null,
    @Inject(PROCESS_EXIT) private readonly processExit: ProcessExit,
  ) {}

  /** A signal may have come while the application was built: then nothing is claimed any more. Rejects when Redis does not fit. */
  async onApplicationBootstrap(): Promise<void> {
    await this.registryLifecycle.ready();
    if (this.autostart === null || this.processExit.signal.aborted) return;
    this.runner.autostart(this.autostart.exchange, this.autostart.standby);
  }

  /** Runs before the server is closed, so that the exchange is free even while a browser keeps a stream open. */
  async beforeApplicationShutdown(signal?: string): Promise<void> {
    const { aborted, reason } = this.processExit.signal;
    await this.runner.shutdown(signal ?? (aborted ? publicMessageOf(reason) : 'shutdown'));
  }
}
