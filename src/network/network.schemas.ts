/** The documented form of what the network routes accept. */
import { z } from 'zod';
import { reasonSchema } from '../http/reason.schema';
import { CommandType } from '../registry/command-queue';
import { isStreamId } from '../registry/stream-id';

export const activityQuerySchema = z.strictObject({
  count: z
    .string()
    .regex(/^\d{1,4}$/, 'a whole number from 1 to 1000 is accepted')
    .transform(Number)
    .pipe(z.number().min(1).max(1000))
    .default(50),
  cursor: z
    .string()
    .refine(isStreamId, 'a nextCursor of an earlier answer is accepted')
    .nullable()
    .default(null),
});
export type ActivityQuery = z.infer<typeof activityQuerySchema>;

export const commandBodySchema = z.strictObject({
  type: z.enum(Object.values(CommandType)),
  reason: reasonSchema.nullable().default(null),
  timeoutMs: z.number().int().min(100).max(60_000).default(10_000),
});
export type CommandBody = z.infer<typeof commandBodySchema>;

export const revokeBodySchema = z.strictObject({
  reason: reasonSchema,
  fencingToken: z.number().int().min(1).max(Number.MAX_SAFE_INTEGER).nullable().default(null),
  holderIsDead: z.boolean().default(false),
});
export type RevokeBody = z.infer<typeof revokeBodySchema>;
