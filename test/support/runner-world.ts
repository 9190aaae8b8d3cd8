/** Instances with a runner and a scripted workload, on one store in memory and a clock that the test moves. */
import { ExchangeRunner } from '../../src/control/exchange-runner';
import { loadCatalogue } from '../../src/exchange/catalogue.loader';
import { RequestedExit } from '../../src/process-exit';
import { MemoryActivityLog, MemoryFencedWriter } from '../../src/registry/memory';
import type { RegistryModuleOptions } from '../../src/registry/registry.options';
import { Standby } from '../../src/registry/standby';
import { registryWorld } from './registry-world';
import { ScriptedWorkloads } from './scripted-workload';

export const START = { exchange: 'coinbase', standby: false, actor: 'operator', reason: null };
export const BY_OPERATOR = { actor: 'operator', reason: 'maintenance' };

export function runnerWorld() {
  const world = registryWorld();
  const { clock, store } = world;
  const runner = (workloads = new ScriptedWorkloads(), options: RegistryModuleOptions = {}) => {
    const parts = world.instance(options);
    const exit = new RequestedExit();
    const services = { ...parts, workloads, fencedWriter: new MemoryFencedWriter(store) };
    const standby = new Standby(new MemoryActivityLog(store), clock, parts.instance.instanceId);
    const made = new ExchangeRunner(services, loadCatalogue(undefined), standby, clock, exit, () => 0.5);
    return { ...parts, runner: made, workloads, exit };
  };
  /** Lets a started workload run through to active. */
  const toActive = async (workloads: ScriptedWorkloads) => {
    workloads.last.gates.start.open();
    await clock.settle();
    workloads.last.gates.warmUp.open();
    await clock.settle();
  };
  return { ...world, runner, toActive };
}
