/**
 * What a layer of the proof tells of one run, for `npm run verify` and for the record in docs/reliability.md.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { PlantedBugName } from './planted-bugs';

export type Layer = 'model' | 'simulation' | 'schedule' | 'chaos';

/** A slice is part of `npm test`, the ordinary size is what CI runs, the release size is what the docs record. */
export const SIZES = ['slice', 'ordinary', 'release'] as const;
export type Size = (typeof SIZES)[number];

export interface LayerReport {
  readonly layer: Layer;
  readonly size: Size;
  /** The command that does the same again. */
  readonly command: string;
  readonly seconds: number;
  /** What was run, in numbers: `{ worlds: 600, faults: 27_000 }`. */
  readonly figures: Readonly<Record<string, number | string>>;
  /** One line for each broken promise, with what replays it. Empty when there is none. */
  readonly violations: readonly string[];
  /** For every planted bug that this layer tried: what found it, or `null` when nothing did. */
  readonly bugs: Readonly<Partial<Record<PlantedBugName, string | null>>>;
}

/** Where `scripts/verify.mjs` looks for it. */
const FOLDER = resolve(__dirname, '../../.cache/verify');

export function writeLayerReport(report: LayerReport): void {
  mkdirSync(FOLDER, { recursive: true });
  writeFileSync(join(FOLDER, `${report.layer}.json`), `${JSON.stringify(report, null, 2)}\n`);
}
