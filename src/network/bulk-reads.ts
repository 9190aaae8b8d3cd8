/**
 * Long answers to requests, a few at a time: pages of an activity log, and all exchanges.
 *
 * Decides who waits and who is refused. What is read, and over which connection, is not its matter.
 */
import { Inject, Injectable } from '@nestjs/common';
import type { Clock } from '../clock';
import { NotReadyError } from '../http/http.errors';
import { CLOCK } from '../registry/registry.tokens';
import { hasPlace } from './places';
import { Turns } from './turns';

/** Requests that wait for their turn. */
export const MAX_WAITING_REQUESTS = 40;

@Injectable()
export class BulkReads {
  readonly #turns: Turns;

  constructor(@Inject(CLOCK) clock: Clock) {
    this.#turns = new Turns(clock);
  }

  /** Resolves, or rejects, as `read` does when it is its turn. Rejects with `NotReadyError` when too many wait. */
  async take<T>(isOperator: boolean, read: () => Promise<T>): Promise<T> {
    if (!hasPlace(this.#turns.waiting, MAX_WAITING_REQUESTS, isOperator))
      throw new NotReadyError('it serves all the long answers it can');
    return this.#turns.take(read);
  }
}
