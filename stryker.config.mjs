/**
 * Mutation testing of the lease and the state machine: `npm run mutate`. What the survivors are is in docs/mutation.md.
 *
 * Mutated is what decides: the registry's core and its place in the life of the application, the memory store that stands for
 * Redis in simulations and users' tests, and the state machine. Not mutated are types, Nest wiring, settings, the Redis adapters,
 * which need a server, and the watchdog, which needs a process that it may end.
 */
import { readdirSync } from 'node:fs';

/** Specs on a clock that tests move, without a server; those of Nest's wiring and of what the platform tells are left out. */
export const SPECS = [
  ...['src/state-machine', 'src/registry'].flatMap((folder) =>
    readdirSync(new URL(folder, import.meta.url))
      .filter(
        (name) => name.endsWith('.spec.ts') && !/^(registry\.(errors|module|options)|public-ip)\./.test(name),
      )
      .map((name) => `${folder}/${name}`),
  ),
  'test/registry-store/memory-store.spec.ts',
];

/** @type {import('@stryker-mutator/api/core').PartialStrykerOptions} */
export default {
  plugins: ['./test/mutation/one-process-runner.mjs', './test/mutation/ignorers.mjs'],
  testRunner: 'one-process',
  oneProcess: { specs: SPECS },
  ignorers: ['indifferent'],
  mutate: [
    'src/state-machine/*.ts',
    'src/registry/{claimant,clock-jump,instance-registry,journal,lease,lease-keeper,registry.lifecycle,standby}.ts',
    'src/registry/{status-document,status-publisher,status-text,stream-id,tenure,work-end}.ts',
    'src/registry/process-identity.ts:40-56', // the proof; not how Linux is asked
    'src/registry/memory/*.ts',
    '!src/**/*.spec.ts',
  ],
  coverageAnalysis: 'perTest',
  concurrency: 2,
  timeoutMS: 20_000,
  tempDirName: '.cache/stryker',
  ignorePatterns: ['/bench', '/docs', '/examples', '/dist', '/.cache'],
  reporters: ['clear-text', 'json', 'html'],
  clearTextReporter: { allowColor: false, logTests: false, reportTests: false },
  jsonReporter: { fileName: '.cache/mutation/report.json' },
  htmlReporter: { fileName: '.cache/mutation/report.html' },
  thresholds: { high: 95, low: 90, break: 90 },
  disableTypeChecks: 'src/{registry,state-machine}/**/*.ts',
  allowConsoleColors: false,
};
