/** The faults as docs/reliability.md lists them with their bounds, and the kinds that each is made of. */
import type { FaultKind } from './plan';

export const FAULT_MATRIX = {
  'Process killed': ['kill'],
  'Process stopped, machine suspended': ['freeze', 'freeze-at-failpoint'],
  'Event loop blocked': ['block'],
  'Told to end, once or twice': ['terminate', 'terminate-twice'],
  'Requests or replies lost or late': ['hold', 'drop-requests', 'drop-replies', 'fade', 'delay'],
  'Last answer as late as it may be, then silence': ['stale-proof'],
  'Connections refused, reset': ['refuse', 'reset', 'reconnect-storm', 'clients-killed'],
  'Redis stopped, asleep, down': ['redis-pauses', 'redis-sleeps', 'redis-down'],
  'Redis restarted with its data': ['redis-restarts'],
  'Redis restarted without its data': ['redis-forgets', 'holder-forgotten'],
  'Key deleted, expired, overwritten': ['key-deleted', 'key-expired', 'key-poisoned'],
  'Fence deleted, overwritten': ['fence-deleted', 'fence-poisoned'],
  'Garbage among the commands': ['commands-poisoned'],
  'Stopped, paused, here or from afar': ['stop', 'pause', 'command'],
  'Revoked, also as dead': ['revoke', 'revoke-dead'],
  'Clock of a machine jumps': ['clock-jumps'],
  "Redis's clock set forward, or back": ['redis-clock-jumps'],
  'Primary killed, hanging, deposed': ['primary-killed', 'primary-hangs', 'failover-ordered'],
  'Failover that loses the last claim': ['claim-lost'],
} as const satisfies Readonly<Record<string, readonly FaultKind[]>>;
