/** What a process does by itself: only allowed moves; nothing given back while it works; nothing left after a stop. */
import type { RunnerStatus } from '../../src/control/runner-status';
import { TRANSITIONS, type ConnectionState } from '../../src/state-machine/connection-state';
import { HISTORY_LENGTH } from '../../src/state-machine/transition';
import type { SimulatedProcess } from '../simulation/simulated-process';
import type { Verdict } from '../simulation/violation';

export class MovesCheck {
  /** How many moves of each process have been looked at. */
  readonly #seen = new Map<SimulatedProcess, number>();

  constructor(private readonly verdict: Verdict) {}

  /** After every step. */
  look(processes: Iterable<SimulatedProcess>): void {
    for (const process of processes) {
      const { moves, parts } = process;
      const seen = this.#seen.get(process) ?? 0;
      if (moves.length === seen) continue;
      this.#seen.set(process, moves.length);
      for (const move of moves.slice(seen)) {
        const [from, to] = move.split('>') as [ConnectionState, ConnectionState];
        if (!TRANSITIONS[from].includes(to)) this.verdict.fail('moves', `${process.name} moved ${move}`);
      }
      const history = parts.machine.history.map(({ from, to }) => `${from}>${to}`);
      if (history.join() !== moves.slice(-HISTORY_LENGTH).join())
        this.verdict.fail('history', `${process.name} moved ${moves.join(' ')}, its history differs`);
    }
  }

  /** A release is about to be sent. */
  releasing(process: SimulatedProcess | null, name: string, claimId: string): void {
    if (process?.name !== name || process.parts.registry.lease?.claimId !== claimId) return;
    if (process.isWorking)
      this.verdict.fail('release order', `${name} gives its claim back while its work runs`);
  }

  /** Its stop was answered with this, at this moment. */
  stopped(process: SimulatedProcess, { connectionState, fencingToken, exchange }: RunnerStatus): void {
    if (connectionState === 'idle' && fencingToken === null && exchange === null && !process.isWorking)
      return;
    this.verdict.fail(
      'stop kept',
      `${process.name} said that it had stopped while it was ${connectionState}, with ${exchange?.name ?? 'no exchange'}`,
    );
  }
}
