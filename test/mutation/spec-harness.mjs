/**
 * Just enough of jest to run the fast specs within one process, again and again: `describe`, `it`, their `each`, the four
 * hooks, and jest's own `expect`. Jest itself would load every module anew for every mutant, which takes a hundred times
 * as long as the tests. The same specs are run by jest in `npm test`; what is not here makes a spec fail there or here.
 */
import { performance } from 'node:perf_hooks';
import { format } from 'node:util';
import { expect } from 'expect';

/** @typedef {() => unknown} Step */
/**
 * @typedef {object} Suite
 * @property {string} name
 * @property {Suite | null} parent
 * @property {Step[]} beforeEach
 * @property {Step[]} afterEach
 */
/** @typedef {{ id: string, file: string, suite: Suite, body: Step }} Test */

/** A test that only waits for this long waits for ever, unless its runner says otherwise: nearly all are on a fake clock. */
const LONGEST_IDLE_MS = 1_000;
/** And none computes for longer than a fraction of this. */
const LONGEST_BUSY_MS = 10_000;
const LOOK_MS = 100;

/** Collects the tests of the spec files that are loaded while it is the current one. */
export class SpecHarness {
  /** @type {Map<string, Test>} */
  tests = new Map();
  /** @type {Suite} */
  #suite = { name: '', parent: null, beforeEach: [], afterEach: [] };
  #file = '';

  /** @param {string} file @param {Step} load */
  collect(file, load) {
    this.#file = file;
    Object.assign(globalThis, this.#globals());
    load();
  }

  #globals() {
    /** @type {(name: string, body: Step) => void} */
    const describe = (name, body) => {
      const parent = this.#suite;
      this.#suite = { name, parent, beforeEach: [], afterEach: [] };
      body();
      this.#suite = parent;
    };
    /** @type {(name: string, body: Step) => void} */
    const it = (name, body) => {
      const wanted = [...lineage(this.#suite).map((suite) => suite.name), name].filter(Boolean).join(' ');
      const id = this.tests.has(wanted) ? `${wanted} #${this.tests.size}` : wanted;
      this.tests.set(id, { id, file: this.#file, suite: this.#suite, body });
    };
    return {
      describe: Object.assign(describe, { each: each(describe) }),
      it: Object.assign(it, { each: each(it) }),
      beforeEach: (/** @type {Step} */ step) => void this.#suite.beforeEach.push(step),
      afterEach: (/** @type {Step} */ step) => void this.#suite.afterEach.unshift(step),
      expect,
    };
  }
}

/** @param {(name: string, body: Step) => void} define */
function each(define) {
  return (/** @type {readonly any[]} */ table) => (/** @type {string} */ name, /** @type {any} */ body) => {
    for (const row of table) {
      const args = Array.isArray(row) ? row : [row];
      define(titleOf(name, args), () => body(...args));
    }
  };
}

/** @param {string} name @param {readonly any[]} args */
function titleOf(name, args) {
  const named = name.replace(/\$(\w+)/g, (whole, field) => String(args[0]?.[field] ?? whole));
  const places = named.match(/%[sdifjoO]/g)?.length ?? 0;
  return format(named, ...args.slice(0, places));
}

/** From the outermost suite to this one. @param {Suite | null} suite @returns {Suite[]} */
function lineage(suite) {
  return suite === null ? [] : [...lineage(suite.parent), suite];
}

/**
 * Runs one test; resolves with what made it fail, or with nothing.
 *
 * @param {Test} test
 * @param {{ longestIdleMs?: number }} [limits]
 * @returns {Promise<unknown>}
 */
export async function runTest({ suite, body }, { longestIdleMs = LONGEST_IDLE_MS } = {}) {
  const suites = lineage(suite);
  const watch = watchForHang(longestIdleMs);
  const steps = async () => {
    try {
      for (const { beforeEach } of suites) for (const step of beforeEach) await step();
      await body();
    } finally {
      for (const { afterEach } of suites.toReversed()) for (const step of afterEach) await step();
    }
  };
  try {
    await Promise.race([steps(), watch.hung]);
    return undefined;
  } catch (error) {
    return error ?? new Error('a test failed for no reason');
  } finally {
    watch.stop();
  }
}

/** Counts the time that this process idles and works, not the time of the clock: the machine may be busy with other things. @param {number} longestIdleMs */
function watchForHang(longestIdleMs) {
  const start = performance.eventLoopUtilization();
  /** @type {NodeJS.Timeout | undefined} */
  let timer;
  /** @type {(error: Error) => void} */
  let onError = () => undefined;
  const hung = new Promise((_, reject) => {
    onError = reject;
    timer = setInterval(() => {
      const { idle, active } = performance.eventLoopUtilization(start);
      if (idle > longestIdleMs) reject(new Error('the test waits for something that never happens'));
      if (active > LONGEST_BUSY_MS) reject(new Error('the test does not end'));
    }, LOOK_MS);
  });
  hung.catch(() => undefined);
  process.on('uncaughtException', onError);
  return {
    hung,
    stop: () => {
      clearInterval(timer);
      process.off('uncaughtException', onError);
    },
  };
}
