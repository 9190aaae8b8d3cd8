/** Runs the fast specs for Stryker in one process; only what a mutant needs is run, and nothing is loaded twice without need. */
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { runTest, SpecHarness } from './spec-harness.mjs';

/** Where instrumented code looks for the mutant that is active, and counts which it has come by. */
const NAMESPACE = '__stryker__';
/** What a module of Node calls with its code. */
const COMPILE = '_compile';

/** A rejection that nobody handles is no failure for jest either; a mutant must not end the process by one. */
process.on('unhandledRejection', () => undefined);

export class OneProcessRunner {
  /** @type {any} */
  #stryker = strykerSpace();
  /** @type {SpecHarness | null} */
  #harness = null;
  #require = createRequire(join(process.cwd(), 'package.json'));
  #files;

  /** @param {{ specs: readonly string[] }} options */
  constructor({ specs }) {
    this.#files = specs;
    this.#require('./scripts/compile-typescript.cjs');
    this.#compileOnce();
  }

  capabilities() {
    return { reloadEnvironment: true };
  }

  async dryRun() {
    const harness = this.#load();
    const results = [];
    for (const test of harness.tests.values()) {
      this.#stryker.currentTestId = test.id;
      const startMs = performance.now();
      const failure = await runTest(test);
      const result = {
        id: test.id,
        name: test.id,
        fileName: test.file,
        timeSpentMs: performance.now() - startMs,
      };
      results.push(
        failure === undefined
          ? { ...result, status: 0 }
          : { ...result, status: 1, failureMessage: messageOf(failure) },
      );
    }
    this.#stryker.currentTestId = undefined;
    return { status: 'complete', tests: results, mutantCoverage: this.#stryker.mutantCoverage };
  }

  /** @param {any} options */
  async mutantRun({ activeMutant, mutantActivation, testFilter, reloadEnvironment, hitLimit }) {
    this.#stryker.hitLimit = hitLimit;
    this.#stryker.hitCount = hitLimit ? 0 : undefined;
    this.#stryker.activeMutant = mutantActivation === 'static' ? activeMutant.id : undefined;
    try {
      if (reloadEnvironment) this.#unload();
      const harness = this.#load();
      this.#stryker.activeMutant = activeMutant.id;
      return await this.#hunt(testFilter ?? [...harness.tests.keys()], harness);
    } catch (error) {
      // Not even loaded: every spec would fail.
      return { status: 'killed', killedBy: [], failureMessage: messageOf(error), nrOfTests: 0 };
    } finally {
      this.#stryker.activeMutant = undefined;
      if (mutantActivation === 'static') this.#unload();
    }
  }

  /** @param {readonly string[]} ids @param {SpecHarness} harness */
  async #hunt(ids, harness) {
    let nrOfTests = 0;
    for (const id of ids) {
      const test = harness.tests.get(id);
      if (test === undefined) continue;
      nrOfTests += 1;
      const failure = await runTest(test);
      const { hitCount, hitLimit } = this.#stryker;
      if (hitCount > hitLimit) return { status: 'timeout', reason: `came by more than ${hitLimit} times` };
      if (failure !== undefined)
        return { status: 'killed', killedBy: [id], failureMessage: messageOf(failure), nrOfTests };
    }
    return { status: 'survived', nrOfTests };
  }

  #load() {
    if (this.#harness !== null) return this.#harness;
    const harness = new SpecHarness();
    for (const file of this.#files) {
      harness.collect(file, () => this.#require(`./${file}`));
    }
    this.#harness = harness;
    return harness;
  }

  #unload() {
    this.#harness = null;
    for (const file of Object.keys(this.#require.cache)) {
      if (file.endsWith('.ts')) delete this.#require.cache[file];
    }
  }

  /** What was compiled is kept: loading everything anew then takes a moment. */
  #compileOnce() {
    const { extensions } = this.#require;
    const compile = extensions['.ts'];
    /** @type {Map<string, string>} */
    const compiled = new Map();
    extensions['.ts'] = (/** @type {any} */ module, /** @type {string} */ filename) => {
      const run = module[COMPILE].bind(module);
      const known = compiled.get(filename);
      if (known !== undefined) return run(known, filename);
      module[COMPILE] = (/** @type {string} */ code) => {
        compiled.set(filename, code);
        run(code, filename);
      };
      compile?.(module, filename);
    };
  }
}

/** Where instrumented code and this runner meet. @returns {any} */
function strykerSpace() {
  const space = {};
  return Object.assign(globalThis, { [NAMESPACE]: Reflect.get(globalThis, NAMESPACE) ?? space })[NAMESPACE];
}

/** @param {unknown} failure */
function messageOf(failure) {
  return failure instanceof Error ? (failure.stack ?? failure.message) : String(failure);
}

/** @param {any} options Of Stryker. */
function make(options) {
  return new OneProcessRunner({ specs: options.oneProcess.specs });
}
make.inject = ['options'];

export const strykerPlugins = [{ kind: 'TestRunner', name: 'one-process', factory: make }];

/** What the runner wants of the configuration. */
export const strykerValidationSchema = {
  type: 'object',
  properties: {
    oneProcess: {
      type: 'object',
      properties: { specs: { type: 'array', items: { type: 'string' } } },
      required: ['specs'],
    },
  },
};
