/**
 * Port: commands for the holder of an exchange, wherever it runs.
 *
 * A command is taken by exactly one side: by the holder, who then answers in the activity log, or by its
 * sender, who withdraws it when nobody has taken it in time. Each command has a time limit of its own on the store's clock,
 * past which nobody gets it, whatever else is in the queue.
 */
import { z } from 'zod';

export const CommandType = { Stop: 'stop', Pause: 'pause', Resume: 'resume' } as const;
export type CommandType = (typeof CommandType)[keyof typeof CommandType];

export const commandSchema = z.object({
  commandId: z.string().min(1),
  type: z.enum(Object.values(CommandType)),
  /** The claim it is meant for: a later holder does not obey it. */
  claimId: z.string().min(1),
  actor: z.string(),
  reason: z.string().nullable(),
  /** The instance that sent it. */
  sentBy: z.string(),
  sentAt: z.iso.datetime(),
});

export type Command = z.infer<typeof commandSchema>;

/** A command in the queue. `queueId` is its place there. */
export interface QueuedCommand {
  readonly queueId: string;
  readonly command: Command;
}

/** How long the queue remembers who took a command, for a taker that asks again. */
export const TAKER_MEMORY_MS = 60_000;

/**
 * What became of a command somebody tried to take: `mine` for exactly one of all takers, `other` when somebody else was
 * first, `gone` when it is not in the queue and nobody is known to have taken it: its time limit has passed, or the queue was
 * lost. Whoever may have taken it longer than `TAKER_MEMORY_MS` ago is not known any more.
 */
export type TakeOutcome = 'mine' | 'other' | 'gone';

export interface CommandQueue {
  /** Puts a command in, to be taken within `ttlMs`; resolves to its `queueId`. Rejects with `STORE_UNAVAILABLE`. */
  send(exchangeId: number, command: Command, ttlMs: number): Promise<string>;
  /**
   * Removes a command from the queue. Rejects with `STORE_UNAVAILABLE` when the outcome is unknown; asking again under the
   * same `taker` then gives the same answer, for `TAKER_MEMORY_MS`. A `taker` is a name that nobody else uses.
   */
  take(exchangeId: number, queueId: string, taker: string): Promise<TakeOutcome>;
  /** Every command now in the queue and every later one, until the signal is aborted. Survives reconnects. */
  follow(exchangeId: number, signal: AbortSignal): AsyncIterable<QueuedCommand>;
}
