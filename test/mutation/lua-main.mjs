/**
 * `npm run mutate:lua`: changes the Redis scripts, one small change at a time, and runs the contract suite of the store on each.
 * Arguments: names of scripts, or lines of them (`claim`, `_prelude:22`); all unless given. Fails below 90 % killed.
 */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { luaMutants } from './lua-mutants.mjs';
import { runTest, SpecHarness } from './spec-harness.mjs';

/** @typedef {import('./lua-mutants.mjs').LuaMutant} LuaMutant */
/** @typedef {import('./spec-harness.mjs').Test} Test */

const BREAK_PERCENT = 90;
const FOLDER = new URL('../../src/registry/redis/scripts/', import.meta.url);
const CONTRACTS = new URL('../registry-store/contract/', import.meta.url);
/** A test waits for Redis, which waits for the machine. */
const PATIENCE = { longestIdleMs: 20_000 };
const YOUNG_MS = 30_000;

process.on('unhandledRejection', () => undefined);
const load = createRequire(import.meta.url);
load('../../scripts/compile-typescript.cjs');
const { startRedis } = load('../support/redis-server.ts');
const { redisWorld } = load('../registry-store/contract/redis-world.ts');

const redis = await startRedis({ acl: false, shiftsClock: true });
const harness = new SpecHarness();
/** @type {any} */
let world;
/** @type {any} */
let outsider = redis.client();
let startedAtMs = performance.now();

harness.collect('contract', () => {
  beforeEach(async () => {
    await outsider.flushall();
    world = await redisWorld(outsider, outsider, redis.shiftedClock);
  });
  afterEach(() => world.connection.close());
  for (const file of readdirSync(CONTRACTS).filter((name) => name.endsWith('.contract.ts'))) {
    for (const contract of Object.values(load(`../registry-store/contract/${file}`))) contract(() => world);
  }
});
/** Whatever killed the last mutants comes first: it is likely to kill the next. */
const tests = [...harness.tests.values()];
const scripts = scriptsInUse();
const wanted = process.argv.slice(2);
const tally = { killed: 0, all: 0 };

try {
  await assertSound();
  for (const file of readdirSync(FOLDER).sort()) {
    const name = file.replace(/\.lua$/, '');
    if (wanted.length === 0 || wanted.some((it) => it.split(':')[0] === name)) await hunt(name);
  }
} finally {
  await redis.stop();
}
const percent = (100 * tally.killed) / Math.max(1, tally.all);
print(`${tally.killed} of ${tally.all} killed, ${percent.toFixed(1)} %`);
process.exit(percent >= BREAK_PERCENT ? 0 : 1);

/** @param {string} name */
async function hunt(name) {
  const isWanted = (/** @type {LuaMutant} */ { line }) =>
    wanted.length === 0 || wanted.includes(name) || wanted.includes(`${name}:${line}`);
  const mutants = luaMutants(name, sourceOf(name)).filter(isWanted);
  let killed = 0;
  for (const mutant of mutants) {
    if (await isKilled(mutant)) killed += 1;
    else print(`  survived: ${name}.lua:${mutant.line}: ${mutant.what}`);
  }
  // Or else what came after some change has failed for another reason.
  await assertSound();
  tally.killed += killed;
  tally.all += mutants.length;
  print(`${name}.lua: ${killed} of ${mutants.length} killed`);
}

/** Unchanged scripts pass. */
async function assertSound() {
  const failed = await firstFailure();
  if (failed !== null) throw new Error(`fails without any change: ${failed.id}`);
}

/** Some test fails with the change and passes without it, so that neither a busy machine nor an earlier change kills it. */
async function isKilled(/** @type {LuaMutant} */ { file, source }) {
  for (let tries = 1; tries <= 3; tries += 1) {
    use(file, source);
    const killer = await firstFailure();
    use(file, sourceOf(file));
    if (killer === null) return false;
    await revive();
    if ((await run(killer)) === undefined) return true;
  }
  throw new Error(`after a change of ${file}.lua nothing passes any more`);
}

/** The first test that fails; it is asked first the next time. @returns {Promise<Test | null>} */
async function firstFailure() {
  for (const [at, test] of tests.entries()) {
    if ((await run(test)) === undefined) continue;
    tests.unshift(...tests.splice(at, 1));
    return test;
  }
  return null;
}

/** A test may want a Redis that is younger than one TTL of the contract suite. @param {Test} test */
async function run(test) {
  if (performance.now() - startedAtMs > YOUNG_MS) await restart();
  return runTest(test, PATIENCE);
}

/** A script that does not end blocks its Redis. */
async function revive() {
  const silence = new Promise((resolve) => setTimeout(resolve, 3_000, 'silence').unref());
  const answer = await Promise.race([outsider.ping().catch(() => 'failure'), silence]);
  if (answer !== 'PONG') await restart();
}

async function restart() {
  outsider.disconnect();
  await redis.restart({ keepData: false });
  outsider = redis.client();
  startedAtMs = performance.now();
}

/** Every script object of the adapters, by name. */
function scriptsInUse() {
  /** @type {Map<string, any>} */
  const found = new Map();
  for (const module of [
    'claim.script',
    'holder.scripts',
    'observer.scripts',
    'redis-command-queue',
    'redis-fenced-writer',
  ]) {
    for (const script of Object.values(load(`../../src/registry/redis/${module}.ts`))) {
      if (typeof script?.sha === 'string') found.set(script.name, script);
    }
  }
  return found;
}

/** Gives the adapters a changed script, or all of them a changed prelude. @param {string} name @param {string} text */
function use(name, text) {
  for (const [its, script] of scripts) {
    if (name !== '_prelude' && name !== its) continue;
    const source = name === '_prelude' ? `${text}\n${sourceOf(its)}` : `${sourceOf('_prelude')}\n${text}`;
    Object.assign(script, { source, sha: createHash('sha1').update(source).digest('hex') });
  }
}

/** @param {string} name */
function sourceOf(name) {
  return readFileSync(new URL(`${name}.lua`, FOLDER), 'utf8');
}

/** @param {string} line */
function print(line) {
  process.stdout.write(`${line}\n`);
}
