/**
 * The ports of the registry on memory, for tests: same contract as on Redis, no server, faults to switch on.
 */
export { memoryAdapters } from './memory-adapters';
export { MemoryActivityLog } from './memory-activity-log';
export { MemoryCommandQueue } from './memory-command-queue';
export { MemoryFencedWriter } from './memory-fenced-writer';
export { MemoryLeaseStore, type MemoryLink } from './memory-lease-store';
export { MemoryStore } from './memory-store';
