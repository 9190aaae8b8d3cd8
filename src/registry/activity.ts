/**
 * The activity log of an exchange: facts, in order, each exactly once.
 *
 * Decides the shape of an event. How it gets there exactly once is the journal's matter (journal.ts).
 */
import { z } from 'zod';
import { CONNECTION_STATES } from '../state-machine/connection-state';

export const ActivityType = {
  /** The exchange was claimed; names the predecessor and how it ended. */
  Claimed: 'claimed',
  /** The holder gave the exchange back. */
  Released: 'released',
  /** The holder found that it no longer holds, could no longer prove it, or left the claim to expire. */
  Lost: 'lost',
  /** An operator took the exchange away. */
  Revoked: 'revoked',
  Transition: 'transition',
  Error: 'error',
  Paused: 'paused',
  Resumed: 'resumed',
  Alert: 'alert',
  CommandSent: 'command-sent',
  CommandAccepted: 'command-accepted',
  CommandDone: 'command-done',
  CommandRefused: 'command-refused',
  CommandFailed: 'command-failed',
  CommandExpired: 'command-expired',
} as const;

export type ActivityType = (typeof ActivityType)[keyof typeof ActivityType];

const jsonObject = z.record(z.string(), z.unknown());

/** One fact, as written by the application. */
export const activityEventSchema = z.object({
  type: z.enum(Object.values(ActivityType)),
  /** Wall clock of the writer, ISO 8601 UTC. The order of the log is that of the stream, not of `at`. */
  at: z.iso.datetime(),
  exchangeId: z.number().int(),
  exchangeName: z.string(),
  instanceId: z.string(),
  /** Position in the writing instance's own sequence for this exchange, from 1. */
  seq: z.number().int().min(1),
  claimId: z.string().nullable(),
  fencingToken: z.number().int().nullable(),
  /** Who requested it: `operator`, `system`, `workload`, or a name given by the application. */
  actor: z.string(),
  /** Why it happened, for a person: `autostart`, `SIGTERM`, `lease lost: …`. */
  cause: z.string(),
  from: z.enum(CONNECTION_STATES).optional(),
  to: z.enum(CONNECTION_STATES).optional(),
  commandId: z.string().optional(),
  data: jsonObject.optional(),
});

export type ActivityEvent = z.infer<typeof activityEventSchema>;

/** How the claim before this one ended. */
export const PredecessorEnd = {
  Released: 'released',
  Expired: 'expired',
  Revoked: 'revoked',
  /** Its process on the claimant's own machine was proven dead. */
  Dead: 'dead',
} as const;

export type PredecessorEnd = (typeof PredecessorEnd)[keyof typeof PredecessorEnd];

export const predecessorSchema = z.object({
  instanceId: z.string(),
  claimId: z.string(),
  fencingToken: z.number().int(),
  ended: z.enum(Object.values(PredecessorEnd)),
});

/** The holder before the present one, as far as the fence remembers it. */
export type Predecessor = z.infer<typeof predecessorSchema>;

/** One entry as read back. */
export type ActivityEntry = ActivityEvent & {
  /** Stream id `<ms>-<n>`: grows, unique in the exchange; the cursor of paging. */
  readonly id: string;
  /** On `claimed` (`null` for the first claim ever) and on `revoked`. */
  readonly predecessor?: Predecessor | null;
};
