/** The documented form of what the control routes accept. */
import { z } from 'zod';

const reasonSchema = z.string().trim().min(1).max(500).nullable().default(null);

export const startBodySchema = z.strictObject({
  exchange: z.string().min(1).max(100),
  standby: z.boolean().default(false),
  reason: reasonSchema,
});
export type StartBody = z.infer<typeof startBodySchema>;

export const reasonBodySchema = z.strictObject({ reason: reasonSchema });
export type ReasonBody = z.infer<typeof reasonBodySchema>;
