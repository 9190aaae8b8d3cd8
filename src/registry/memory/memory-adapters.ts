import type { RegistryAdapters } from '../adapters';
import { MemoryActivityLog } from './memory-activity-log';
import { MemoryCommandQueue } from './memory-command-queue';
import { MemoryFencedWriter } from './memory-fenced-writer';
import { MemoryLeaseStore } from './memory-lease-store';
import type { MemoryStore } from './memory-store';

/** One instance's ports on a world in memory; give several modules the same world to let them compete. */
export function memoryAdapters(world: MemoryStore): RegistryAdapters {
  return {
    store: new MemoryLeaseStore(world),
    log: new MemoryActivityLog(world),
    commands: new MemoryCommandQueue(world),
    writer: new MemoryFencedWriter(world),
    check: () => Promise.resolve([]),
    close: () => Promise.resolve(),
  };
}
