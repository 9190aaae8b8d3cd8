/** A fault of the product, put in by a test through the ports or over a class: the simulation has to find it. */
import type { RegistryAdapters } from '../../src/registry/adapters';
import type { MemoryStore } from '../../src/registry/memory';
import type { ProcessIdentity } from '../../src/registry/exchange-status';
import type { ProcessTable } from '../../src/registry/process-identity';
import type { RegistrySettings } from '../../src/registry/registry.options';
import type { StoreParts } from './store-server';

export interface PlantedBug {
  /** What the store does wrong. */
  readonly store?: (memory: MemoryStore, parts: StoreParts) => StoreParts;
  /** What a process asks wrongly. */
  readonly adapters?: (adapters: RegistryAdapters) => RegistryAdapters;
  readonly settings?: (settings: RegistrySettings) => RegistrySettings;
  readonly processes?: (own: ProcessIdentity) => ProcessTable;
  /** False: the resource takes whatever comes. */
  readonly resourceCompares?: boolean;
  /** False: nobody seals the resource with a new token. */
  readonly seals?: boolean;
  /** Changes a class of the product; returns the way to change it back. */
  readonly patch?: () => () => void;
}

export const NO_BUG: PlantedBug = {};
