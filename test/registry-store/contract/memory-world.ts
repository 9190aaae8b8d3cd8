import { FakeClock } from '../../../src/fake-clock';
import {
  MemoryActivityLog,
  MemoryCommandQueue,
  MemoryFencedWriter,
  MemoryLeaseStore,
  MemoryStore,
} from '../../../src/registry/memory';
import type { StoreWorld } from './store-world';

/** The memory adapters on a clock that moves when the test says so. `isOld`: also after another life of the store has begun. */
export function memoryWorld({ isOld = false } = {}): StoreWorld {
  const clock = new FakeClock();
  const memory = new MemoryStore(clock);
  return {
    store: new MemoryLeaseStore(memory),
    log: new MemoryActivityLog(memory),
    queue: new MemoryCommandQueue(memory),
    writer: new MemoryFencedWriter(memory),
    statusText: async () => {
      const { status } = memory.exchange(1);
      return status?.kind === 'text' ? status.text : null;
    },
    statusTtlMs: async () => {
      const { status, ttlMs } = memory.exchange(1);
      return status === null ? null : (ttlMs ?? Infinity);
    },
    putStatus: async (text, ttlMs) => memory.putStatus(1, text, ttlMs),
    putOtherType: async (ttlMs) => memory.putOtherType(1, 'list', ttlMs),
    dropStatus: async () => memory.dropStatus(1),
    dropFence: async () => memory.dropFence(1),
    putFence: async ({ fencingToken = 5, ...fence }) => {
      const { runId } = memory;
      memory.exchange(1).fence = { ...fence, fencingToken, claimId: '-', runId, instanceId: 'z' };
    },
    nowMs: async () => memory.nowMs,
    shiftClock: (offsetMs) => {
      memory.skewMs = offsetMs;
    },
    stopClock: async () => memory.nowMs,
    changeIdentity: async () => {
      memory.restart();
      if (isOld) Reflect.set(memory, 'startedAtMs', -Infinity);
    },
    loseMemory: async () => memory.forget(),
    pass: async (ms) => clock.block(ms),
  };
}
