/**
 * One run: four processes, Redis, the exchange and the resource; the faults of a plan; the healing; the end of every process.
 */
import { setMaxListeners } from 'node:events';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { withLock } from '../../scripts/processes/lock.mjs';
import { ExchangeSimulator } from '../../src/exchange/simulator/exchange-simulator';
import { keys } from '../../src/registry/redis/keys';
import { Draw } from '../simulation/draw';
import { waitFor } from '../support/wait-for';
import type { PlantedBugName } from '../verification/planted-bugs';
import { checkCommands } from './command-check';
import { barren, effectsIn, EVERY_KIND_TTLS, neglected, told } from './effects';
import { FencedResource } from './fenced-resource';
import { now, readHistory, type HistoryEvent } from './history';
import { inWords, worstByFault, worstOf } from './measures';
import { heal, type Scene } from './nemeses';
import { undo } from './operators';
import { checkLeaks } from './leak-check';
import { checkMoves } from './moves-check';
import { plan, type PlanOptions } from './plan';
import { PROFILES, type ProfileName } from './profiles';
import { endAll, recover, recoveryMs, unhandledIn } from './recovery';
import { EXCHANGE_ID, RedisWatch } from './redis-watch';
import { strikeAll } from './strike-all';
import { Slot, type Times } from './supervisor';
import { checkData } from './data-check';
import { checkKeys } from './key-check';
import { checkProofs } from './proof-check';
import { checkWitness } from './witness-check';
import { checkWork } from './work-check';

const FIXTURES = resolve(__dirname, 'fixtures');
/** The notes come last: they are to see what a bug does. */
const PRELOADED = ['network.cjs', 'recorder.cjs', 'bugs.cjs', 'store-notes.cjs'].flatMap((file) => [
  '--require',
  join(FIXTURES, file),
]);
const FOLDER = resolve(__dirname, '../../.cache/chaos');
const SLOTS = 4;

export interface RunOptions {
  readonly seed: number;
  /** `standard` unless given. */
  readonly profile?: ProfileName;
  readonly durationMs: number;
  readonly bug?: PlantedBugName;
  /** A finding like this ends the run at once. */
  readonly until?: RegExp;
  readonly env?: Readonly<Record<string, string>>;
  readonly times?: Times;
  readonly meanGapMs?: number;
  /** What else the plan is to be like. */
  readonly faults?: Pick<PlanOptions, 'weights' | 'failpoints' | 'lasting'>;
}

export interface RunResult {
  readonly findings: readonly string[];
  readonly folder: string;
  readonly history: readonly HistoryEvent[];
  readonly figures: Readonly<Record<string, number>>;
  /** What is too much for one line: effects of the faults, and the worst case while each went on. */
  readonly details: Readonly<Record<string, string>>;
}

/** Waits for another run in the same folder: two histories in one would be judged as one. */
export function runChaos(options: RunOptions): Promise<RunResult> {
  const { profile = 'standard', seed, bug } = options;
  const folder = join(FOLDER, [profile, seed, bug].filter((part) => part !== undefined).join('-'));
  return withLock(
    `${folder}.lock`,
    () => runIn(folder, options),
    (pid) => process.stdout.write(`process ${pid} runs chaos in ${folder}; waiting for it\n`),
  );
}

async function runIn(
  folder: string,
  {
    seed,
    durationMs,
    bug,
    until,
    faults: wanted,
    env = {},
    profile: profileName = 'standard',
    times = PROFILES[profileName].times,
    meanGapMs = PROFILES[profileName].meanGapMs,
  }: RunOptions,
): Promise<RunResult> {
  const profile = PROFILES[profileName];
  const draw = new Draw(seed, 'chaos');
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const notes: HistoryEvent[] = [];
  const redis = await profile.startRedis({
    slots: SLOTS,
    seed,
    note: (event) => notes.push(event),
    onChange: (change) => watch[change](),
  });
  const simulator = new ExchangeSimulator({
    requestsPerSecond: 1_000,
    tradesPerSecond: 1,
    products: ['BTC-USD', 'ETH-USD'],
  });
  const { restUrl } = await simulator.listen();
  const resource = new FencedResource({ compares: bug !== 'no-fence', seals: bug !== 'no-seal' });
  const port = await resource.listen();
  const watch = new RedisWatch(
    () => redis.primary(),
    times.leaseTtlMs,
    (event) => notes.push(event),
  );
  const slots: Slot[] = [];
  for (let index = 0; index < SLOTS; index += 1) {
    const restarts = draw.for(`restarts ${index}`);
    const rates = draw.for(`clock rates ${index}`);
    slots.push(
      new Slot({
        index,
        ways: redis.ways(index),
        times,
        folder,
        nodeArgs: PRELOADED,
        clockRate: () => profile.clockRate?.(rates.next()) ?? 1,
        restartAfterMs: () => restarts.between(0, times.leaseTtlMs / 3),
        env: {
          ...redis.env(index),
          SIMULATOR_URL: restUrl,
          CHAOS_FOLDER: folder,
          CHAOS_RESOURCE_PORT: `${port}`,
          CHAOS_ACT_EVERY_MS: '10',
          ...(bug === undefined ? {} : { CHAOS_BUG: bug }),
          ...env,
        },
      }),
    );
  }
  const note: Scene['note'] = (event) => void notes.push({ pid: 0, ...event });
  const end = new AbortController();
  const over = end.signal;
  // Each fault that goes on listens to it.
  setMaxListeners(0, over);
  const wait: Scene['wait'] = (ms) => sleep(ms, undefined, { signal: over }).catch(() => undefined);
  const scene: Scene = { slots, redis, times, watch, over, wait, asked: [], note };
  const findings: string[] = [];
  const noted = () => [...readHistory(folder), ...notes].toSorted((a, b) => a.at - b.at);
  const isFound = () =>
    until !== undefined &&
    [...resource.findings, ...watch.findings, ...judge(noted(), times)].some((text) => until.test(text));
  const weights = wanted?.weights ?? profile.weights;
  const own = wanted?.weights === undefined ? profile.own : [];
  const faultsInATtl = wanted === undefined ? profile.faultsInATtl : undefined;
  let [recoveredMs, boundMs] = [0, 0];
  try {
    await Promise.all(slots.map((slot) => slot.start()));
    const timeoutMs = recoveryMs(times, [], [], now());
    await waitFor(() => resource.accepted > 0, { timeoutMs, describe: 'the first act' });
    watch.start();
    await strikeAll(
      scene,
      plan(draw.for('plan'), {
        durationMs,
        leaseTtlMs: times.leaseTtlMs,
        slots: SLOTS,
        meanGapMs,
        ...wanted,
        weights,
        own,
      }),
      {
        isEnough: isFound,
        stop: () => end.abort(),
        lastsMs: until === undefined ? null : durationMs,
        demanded: durationMs / times.leaseTtlMs < EVERY_KIND_TTLS ? [] : Object.keys(weights),
        oneOf: own,
      },
    );
    if (bug === undefined) {
      await heal(scene);
      const healedAt = now();
      const undone = undo(scene, timeoutMs);
      await sleep(8 * times.commandTimeoutMs); // What was under way may still fail, and wait: that counts.
      const pids = slots.flatMap(({ ready }) => ready?.pid ?? []);
      boundMs = recoveryMs(times, noted(), pids, healedAt);
      const lastsMs = times.leaseTtlMs;
      const recovery = await recover(() => Promise.all(slots.map(stateOf)), { healedAt, boundMs, lastsMs });
      await undone;
      recoveredMs = recovery.tookMs;
      findings.push(...recovery.findings);
      if (findings.length === 0) findings.push(...(await checkLeaks(slots, stateOf, times.leaseTtlMs)));
      note({ what: 'ending', at: now() });
    }
  } finally {
    end.abort();
    for (const slot of slots) slot.retire();
    if (bug === undefined)
      findings.push(
        ...(await endAll(
          slots.flatMap(({ api }) => api ?? []),
          () => redis.primary().get(keys.status(EXCHANGE_ID)),
        )),
      );
    for (const { api } of slots) await api?.stop();
    await watch.stop().catch(() => undefined);
    await redis.settle();
    await Promise.all([simulator.close(), resource.close()]);
    await redis.stop();
  }
  const history = noted();
  writeFileSync(join(folder, 'history-0.jsonl'), lines(notes));
  writeFileSync(join(folder, 'resource.jsonl'), lines(resource.log));
  // Of the tenures; only they give a name with a token in it.
  const visits = Object.values(simulator.witness.report().keys).flatMap(({ intervals }) => intervals);
  const lives = slots.flatMap((slot) => slot.lives);
  const effects = effectsIn(history);
  const figures = {
    faults: effects.made,
    'faults planned': effects.planned,
    'process starts': slots.reduce((sum, { starts }) => sum + starts, 0),
    claims: new Set(history.filter(({ what }) => what === 'begin').map(({ token }) => token)).size,
    acts: history.filter(({ what }) => what === 'act').length,
    'writes accepted': resource.accepted,
    'writes refused': resource.refused,
    'looks with something new in the data': history.filter(({ what }) => what === 'data-written').length,
    'connections witnessed': visits.filter(({ client }) => client.includes('/')).length,
    'connections through proxies': slots
      .flatMap(({ ways }) => ways)
      .reduce((sum, { accepted }) => sum + accepted, 0),
    'commands answered': scene.asked.length,
    'log entries': watch.entries,
    'looks at Redis': watch.looks,
    'ms until order after healing': Math.round(recoveredMs),
    'ms allowed for that': boundMs,
    ...inWords(worstOf(history, times)),
    ...redis.figures(),
  };
  findings.push(
    ...judge(history, times),
    ...checkWitness(visits, now() - Date.now(), history),
    ...(bug === undefined ? judgeWhole() : []),
    ...resource.findings,
    ...watch.findings,
    ...slots.flatMap((slot) => slot.findings),
    ...unhandledIn(history),
  );

  /** Of a run that ended in its own time. */
  function judgeWhole(): string[] {
    const length = { durationMs, leaseTtlMs: times.leaseTtlMs };
    return [
      ...checkCommands(scene.asked, watch.logged, history, times),
      ...checkMoves(lives, watch.logged, history),
      ...neglected(effects, { weights, own, ...length }),
      ...barren(figures, { faultsInATtl, ...length }),
    ];
  }

  return {
    findings,
    folder,
    history,
    figures,
    details: {
      ...told(effects),
      ...Object.fromEntries(
        Object.entries(worstByFault(history, times)).map(([fault, worst]) => [
          `worst while: ${fault}`,
          Object.entries(inWords(worst))
            .map(([what, ms]) => `${ms} ${what}`)
            .join(', '),
        ]),
      ),
    },
  };
}

const lines = (events: readonly object[]) => events.map((event) => `${JSON.stringify(event)}\n`).join('');

/** What the processes have written down, judged. */
function judge(history: readonly HistoryEvent[], times: Times): string[] {
  return [
    ...checkWork(history),
    ...checkProofs(history, times),
    ...checkKeys(history, times),
    ...checkData(history),
  ];
}

async function stateOf({ ready }: Slot): Promise<string> {
  try {
    const { body } = (await ready?.get('/control/status', { timeoutMs: 2_000 })) ?? {};
    return (body as { status: { connectionState: string } }).status.connectionState;
  } catch {
    return 'silent';
  }
}
