/** Injection tokens of the registry. Those that index.ts exports can each be overridden in a user's tests. */

export const LEASE_STORE = Symbol('LEASE_STORE');
export const ACTIVITY_LOG = Symbol('ACTIVITY_LOG');
export const COMMAND_QUEUE = Symbol('COMMAND_QUEUE');
export const FENCED_WRITER = Symbol('FENCED_WRITER');
export const CLOCK = Symbol('CLOCK');
/** The compiled, frozen settings (`RegistrySettings`). */
export const REGISTRY_SETTINGS = Symbol('REGISTRY_SETTINGS');

// Internal.

/** All ports as one set (`RegistryAdapters`). */
export const REGISTRY_ADAPTERS = Symbol('REGISTRY_ADAPTERS');
/** The `Watchdog`, `null` when it is turned off. */
export const WATCHDOG = Symbol('WATCHDOG');
