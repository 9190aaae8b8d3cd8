/** The adapter types the factory can make; the `adapter` of a catalogue entry is one of them. */
export const ADAPTER_TYPES = ['coinbase'] as const;

export type AdapterType = (typeof ADAPTER_TYPES)[number];
