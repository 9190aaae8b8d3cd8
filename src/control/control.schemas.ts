/** The documented form of what the control routes accept. */
import { z } from 'zod';
import { reasonSchema } from '../http/reason.schema';

const optionalReason = reasonSchema.nullable().default(null);

export const startBodySchema = z.strictObject({
  exchange: z.string().min(1).max(100),
  standby: z.boolean().default(false),
  reason: optionalReason,
});
export type StartBody = z.infer<typeof startBodySchema>;

export const reasonBodySchema = z.strictObject({ reason: optionalReason });
export type ReasonBody = z.infer<typeof reasonBodySchema>;
