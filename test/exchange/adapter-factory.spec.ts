import { Injectable } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { AdapterFactory } from '../../src/exchange/adapter.factory';
import { BUILT_IN_CATALOGUE } from '../../src/exchange/built-in.catalogue';
import { UnknownAdapterError } from '../../src/exchange/unknown-adapter.error';

@Injectable()
class Consumer {
  constructor(readonly adapters: AdapterFactory) {}
}

const [coinbase] = BUILT_IN_CATALOGUE;
const where = { restUrl: 'http://127.0.0.1:1', wsUrl: 'ws://127.0.0.1:1' };

describe('P9: the adapter factory', () => {
  it('makes a new adapter each time and keeps nothing of it', async () => {
    if (coinbase === undefined) throw new Error('the built-in catalogue is empty');
    const factory = Object.freeze(new AdapterFactory());
    const adapters = [factory.create(coinbase, where), factory.create(coinbase, where)];
    expect(adapters[0]).not.toBe(adapters[1]);
    expect(Reflect.ownKeys(factory)).toEqual([]);
    await Promise.all(adapters.map((adapter) => adapter.close()));
  });

  it('is injected by Nest, one for all', async () => {
    const module = await Test.createTestingModule({ providers: [AdapterFactory, Consumer] }).compile();
    expect(module.get(Consumer).adapters).toBe(module.get(AdapterFactory));
    await module.close();
  });

  it('opens no connection', () => {
    if (coinbase === undefined) throw new Error('the built-in catalogue is empty');
    const before = process.getActiveResourcesInfo();
    new AdapterFactory().create(coinbase, where);
    expect(process.getActiveResourcesInfo()).toEqual(before);
  });

  it('refuses an adapter type it does not know', () => {
    const entry = { ...BUILT_IN_CATALOGUE[0], adapter: 'kraken' } as (typeof BUILT_IN_CATALOGUE)[0];
    expect(() => new AdapterFactory().create(entry, where)).toThrow(UnknownAdapterError);
    expect(() => new AdapterFactory().create(entry, where)).toThrow('"kraken"; there are coinbase');
  });
});
