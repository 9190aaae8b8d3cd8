/** What became of a command, as its sender learns it from the activity log. */
import { ActivityType, type ActivityEntry } from '../registry/activity';

export type CommandReport =
  | { readonly outcome: 'done'; readonly result: unknown }
  /** The holder could not do it in its state, or tried and failed; `error` has `code` and `message`. */
  | { readonly outcome: 'refused' | 'failed'; readonly error: unknown }
  /** Taken by the holder, not finished within the time limit. The activity log will have the end. */
  | { readonly outcome: 'running' };

/** The report an entry brings; `null` for one that ends nothing. */
export function reportOf({ type, data }: ActivityEntry): CommandReport | null {
  if (type === ActivityType.CommandDone) return { outcome: 'done', result: data?.result ?? null };
  if (type === ActivityType.CommandRefused) return { outcome: 'refused', error: data?.error ?? null };
  if (type === ActivityType.CommandFailed) return { outcome: 'failed', error: data?.error ?? null };
  return null;
}
