/** One line in the process log for every move of the state machine, every pause, and the end of every tenure that was lost. */
import { Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { InstanceRegistry } from '../registry/instance-registry';
import type { Lease } from '../registry/lease';
import { StateMachine } from '../state-machine/state-machine';
import type { Snapshot, Transition } from '../state-machine/transition';

@Injectable()
export class StateLog implements OnModuleInit {
  readonly #logger = new Logger(StateLog.name);
  #exchange: string | null = null;
  #last: Transition | undefined;
  #isPaused = false;

  constructor(
    private readonly machine: StateMachine,
    private readonly registry: InstanceRegistry,
  ) {}

  onModuleInit(): void {
    this.machine.onChange((snapshot) => this.#tell(snapshot));
    this.registry.onTenure((lease) => void this.#follow(lease));
  }

  async #follow(lease: Lease): Promise<void> {
    this.#exchange = lease.exchange.name;
    await lease.ended;
    if (!lease.signal.aborted) return;
    this.#logger.log({
      msg: 'tenure ended: claim lost',
      exchange: lease.exchange.name,
      fencingToken: lease.fencingToken,
    });
  }

  #tell({ state, history, isPaused }: Snapshot): void {
    const move = history.at(-1);
    if (move !== undefined && move !== this.#last) {
      this.#last = move;
      const { from, to, actor, cause } = move;
      this.#logger.log({ msg: `${from} -> ${to}`, exchange: this.#exchange, state, from, to, actor, cause });
    } else if (isPaused !== this.#isPaused) {
      this.#logger.log({ msg: isPaused ? 'paused' : 'resumed', exchange: this.#exchange, state, isPaused });
    }
    this.#isPaused = isPaused;
  }
}
