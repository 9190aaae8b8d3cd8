/**
 * `npm run bench`: what an operation of the lease store costs beside the physical limit, one PING on the same connection,
 * and beside the least a plain lock library does. Ratios only: both sides run in the same process, in turns.
 */
import { randomUUID } from 'node:crypto';
import { joinEmbeddedRedis } from '../scripts/redis/embedded.mjs';
import { Report } from '../scripts/report.mjs';
import { ROOT, runScript, setUp } from '../scripts/steps/set-up.mjs';

const ROUNDS = 2_000;
const LEASES = 1_000;
const TTL_MS = 45_000;
/** Far from any real exchange. */
const FIRST_ID = 900_000;

/** @import { ClaimRef } from '../dist/registry/lease-store.js' */
/** @import { LeaseConnection } from '../dist/registry/redis/connection.js' */
/** @import { RedisLeaseStore } from '../dist/registry/redis/redis-lease-store.js' */

/**
 * Median of the durations of `act`, called once per round, in milliseconds.
 * @param {number} rounds
 * @param {(round: number) => Promise<unknown>} act
 */
async function median(rounds, act) {
  const durations = [];
  for (let round = 0; round < rounds; round += 1) {
    const begun = performance.now();
    await act(round);
    durations.push(performance.now() - begun);
  }
  return durations.sort((a, b) => a - b)[Math.floor(rounds / 2)] ?? Number.NaN;
}

/**
 * A status of the usual size.
 * @param {number} exchangeId
 * @param {string} claimId
 */
function statusOf(exchangeId, claimId) {
  const at = new Date().toISOString();
  return {
    schemaVersion: 2,
    instanceId: 'bench',
    claimId,
    exchangeId,
    exchangeName: 'bench',
    hostname: 'bench',
    pid: 1,
    ipAddress: null,
    appVersion: '0.0.0',
    adminEmail: null,
    adminDisplayName: null,
    connectionState: /** @type {const} */ ('active'),
    isPaused: false,
    symbolCount: 3,
    registeredAt: at,
    connectedAt: at,
    lastHeartbeat: at,
    lastStateChange: at,
    lastError: null,
    lastErrorAt: null,
    revision: 1,
    process: null,
    startup: null,
  };
}

/** @param {number} exchangeId */
function claimRequest(exchangeId, claimId = randomUUID()) {
  return {
    exchangeId,
    instanceId: 'bench',
    claimId,
    status: statusOf(exchangeId, claimId),
    ttlMs: TTL_MS,
    events: [],
    replaceDeadClaimId: null,
    emptyStoreGrace: false,
    waitReplicas: 0,
    waitTimeoutMs: 0,
  };
}

/**
 * @param {RedisLeaseStore} store
 * @param {number} exchangeId
 * @returns {Promise<ClaimRef>}
 */
async function claim(store, exchangeId) {
  const request = claimRequest(exchangeId);
  const outcome = await store.claim(request);
  if (outcome.outcome !== 'claimed') throw new Error(`claim: ${outcome.outcome}`);
  const { claimId } = request;
  return { exchangeId, instanceId: 'bench', claimId, fencingToken: outcome.fencingToken };
}

/** @param {ClaimRef | undefined} ref */
function renewal(ref) {
  if (ref === undefined) throw new Error('renewed more than was claimed');
  const status = { ...statusOf(ref.exchangeId, ref.claimId), fencingToken: ref.fencingToken };
  return { ...ref, status, ttlMs: TTL_MS, expiresAtMs: Date.now() + TTL_MS };
}

/**
 * @param {LeaseConnection['client']} client
 * @param {RedisLeaseStore} store
 */
async function measure(client, store) {
  /** @type {ClaimRef[]} */
  const own = [];
  const claims = await median(ROUNDS, async (round) => void own.push(await claim(store, FIRST_ID + round)));
  const renewals = await median(ROUNDS, (round) => store.renew([renewal(own[round])]));
  const writes = await median(ROUNDS, (round) => store.write({ ...renewal(own[round]), events: [] }));
  const batch = own.slice(0, LEASES).map((ref) => renewal(ref));
  const together = await median(20, () => store.renew(batch));
  const releases = await median(ROUNDS, (round) => store.release({ ...renewal(own[round]), events: [] }));
  const ping = await median(ROUNDS, () => client.call('PING'));
  const lock = await median(ROUNDS, (round) => client.call('SET', `bench:${round}`, 'x', 'PX', TTL_MS, 'NX'));
  const plain = await median(20, async () => {
    const pipeline = client.pipeline();
    for (let at = 0; at < LEASES; at += 1) pipeline.call('PEXPIRE', `bench:${at}`, TTL_MS);
    await pipeline.exec();
  });
  return { claims, renewals, writes, releases, ping, lock, together, plain };
}

/** What is there only after set-up. */
async function installed() {
  const [{ Redis }, { LeaseConnection }, { RedisLeaseStore }] = await Promise.all([
    import('ioredis'),
    import('../dist/registry/redis/connection.js'),
    import('../dist/registry/redis/redis-lease-store.js'),
  ]);
  return { Redis, LeaseConnection, RedisLeaseStore };
}

const report = new Report({ steps: 3 });
await runScript(async () => {
  const { binary } = await setUp(report, { needsRedis: process.env.REDIS_URL === undefined });
  const { Redis, LeaseConnection, RedisLeaseStore } = await installed();
  const redis = binary === undefined ? undefined : await joinEmbeddedRedis({ root: ROOT, binary });
  const source = new Redis(redis?.url ?? process.env.REDIS_URL ?? '', { lazyConnect: true });
  const connection = new LeaseConnection(source, { commandTimeoutMs: 10_000 });
  try {
    await connection.whenReady(10_000);
    const { client } = connection;
    const of = await measure(client, new RedisLeaseStore(client));
    /** @type {(what: string, ms: number, limit: number, name: string) => void} */
    const row = (what, ms, limit, name) => {
      process.stdout.write(`${what.padEnd(34)} ${(ms / limit).toFixed(2).padStart(6)} x ${name}\n`);
    };
    process.stdout.write(
      `\nmedians of ${ROUNDS} rounds; one round trip (PING) took ${of.ping.toFixed(3)} ms\n`,
    );
    row('claim', of.claims, of.ping, 'PING');
    row('renewal', of.renewals, of.ping, 'PING');
    row('transition', of.writes, of.ping, 'PING');
    row('release', of.releases, of.ping, 'PING');
    row('claim', of.claims, of.lock, 'SET NX PX');
    row(`renewal of ${LEASES} leases`, of.together, of.plain, `${LEASES} x PEXPIRE in one pipeline`);
    for (let id = FIRST_ID; id < FIRST_ID + ROUNDS; id += 1) {
      const tag = `{exchange:${id}:status}`;
      await client.call(
        'DEL',
        `exchange:${id}:status`,
        `${tag}:fence`,
        `${tag}:activity`,
        `${tag}:journal:bench`,
      );
    }
    return 0;
  } finally {
    await connection.close();
    source.disconnect();
    await redis?.leave();
  }
});
