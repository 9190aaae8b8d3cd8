import { waitFor } from '../support/wait-for';

/** Waits until `condition` holds; fails with `what` when it never does. */
export async function until(what: string, condition: () => boolean): Promise<void> {
  await waitFor(condition, { describe: what, intervalMs: 5 });
}
