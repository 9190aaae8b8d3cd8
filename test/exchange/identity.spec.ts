import { Logger } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { AdapterFactory } from '../../src/exchange/adapter.factory';
import {
  MARKET_DATA_OPTIONS,
  MarketDataWorkloadFactory,
} from '../../src/exchange/market-data/market-data-workload.factory';
import type { Workload } from '../../src/exchange/workload';
import { useCleanUp } from '../support/hooks';
import { FAST, MarketBench } from './market-bench';
import { until } from './until';

describe('whom the exchange sees', () => {
  let bench: MarketBench;
  const others: Workload[] = [];
  beforeEach(async () => (bench = await MarketBench.open({ clientName: 'first' })));
  afterEach(async () => {
    for (const other of others.splice(0)) await other.stop();
    await bench.close();
  });
  useCleanUp();

  it('is nobody in particular when the exchange has an address of its own', async () => {
    const exchange = {
      ...bench.entry,
      restUrl: bench.simulatorUrl,
      wsUrl: bench.simulatorUrl.replace('http', 'ws'),
    };
    await bench.workload.start({ ...bench.context, exchange });
    expect(Object.keys(bench.simulator.witness.report().keys)).toEqual(['anonymous']);
  });

  it('are two clients at once when two processes share a simulator and both work', async () => {
    const options = { ...FAST, simulatorUrl: bench.simulatorUrl, clientName: 'second' };
    const second = new MarketDataWorkloadFactory(new AdapterFactory(), options).create(bench.entry);
    others.push(second);
    await bench.workload.start(bench.context);
    expect(bench.witness?.max).toBe(1);
    await second.start(bench.context);
    expect(bench.witness).toMatchObject({ max: 2, overlaps: [{ clients: ['first', 'second'], to: null }] });
    await second.stop();
    await until('the overlap is over', () => bench.witness?.overlaps[0]?.to !== null);
  });

  it('is named by the options that Nest injects', async () => {
    const module = await Test.createTestingModule({
      providers: [
        AdapterFactory,
        MarketDataWorkloadFactory,
        {
          provide: MARKET_DATA_OPTIONS,
          useValue: { ...FAST, simulatorUrl: `${bench.simulatorUrl}/`, clientName: 'from-nest' },
        },
      ],
    }).compile();
    Logger.overrideLogger(false);
    const workload = module.get(MarketDataWorkloadFactory).create(bench.entry);
    others.push(workload);
    await workload.start(bench.context);
    expect(bench.witness?.intervals.map(({ client }) => client)).toEqual(['from-nest']);
    await module.close();
  });

  it('is one client, one after the other, when the work is handed over', async () => {
    const { running } = await bench.activate();
    await bench.workload.stop();
    await running;
    const options = { ...FAST, simulatorUrl: bench.simulatorUrl, clientName: 'successor' };
    const successor = new MarketDataWorkloadFactory(new AdapterFactory(), options).create(bench.entry);
    others.push(successor);
    await successor.start(bench.context);
    expect(bench.witness).toMatchObject({ now: 1, max: 1, overlaps: [] });
    expect(bench.witness?.intervals.map(({ client }) => client)).toEqual(['first', 'successor']);
  });
});
