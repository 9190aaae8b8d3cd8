/**
 * What the harness has started and not yet stopped. Nothing of it may be left after a test.
 */
export interface LiveResource {
  /** For a person: what it is and where. */
  readonly name: string;
  /** Ends it; harmless when it has ended already. */
  stop(): Promise<void>;
}

const live = new Set<LiveResource>();

export function trackResource(resource: LiveResource): void {
  live.add(resource);
}

export function forgetResource(resource: LiveResource): void {
  live.delete(resource);
}

export function liveResources(): ReadonlySet<LiveResource> {
  return new Set(live);
}

/** Stops everything that was started after `before` was taken, the newest first. */
export async function stopStartedSince(before: ReadonlySet<LiveResource>): Promise<void> {
  for (const resource of [...live].toReversed()) {
    if (!before.has(resource)) await resource.stop();
  }
}
