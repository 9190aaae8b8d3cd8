/** Requests to the real process that are wrong in ways the framework does not know of: refused, and no process ends. */
import { useCleanUp, useRedis } from '../support/hooks';
import { AUTOSTART, ended, start } from '../endings/instance';

const redis = useRedis();
useCleanUp();

const PROTOTYPE_NAMES = ['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'prototype'];

it('prototype names, odd bodies, queries and event ids are refused or passed over', async () => {
  const api = await start(redis.current, { args: AUTOSTART });
  await api.waitForState('active');
  for (const name of PROTOTYPE_NAMES) {
    const unknown = { status: 404, body: { code: 'UNKNOWN_EXCHANGE', status: 404 } };
    const path = `/network/exchanges/${name}`;
    expect(await api.get(path)).toMatchObject(unknown);
    expect(await api.get(`${path}/activity`)).toMatchObject(unknown);
    expect(await api.post(`${path}/commands`, { type: 'stop' })).toMatchObject(unknown);
    expect(await api.post(`${path}/revoke`, { reason: 'x' })).toMatchObject(unknown);
    expect(await api.post('/control/start', { exchange: name })).toMatchObject(unknown);
  }
  const invalid = { status: 400, body: { code: 'INVALID_REQUEST', status: 400 } };
  const exchange = '/network/exchanges/simulator';
  for (const body of [
    '{"type":"stop","__proto__":{"type":"pause"}}',
    { type: 'start' },
    { type: 'constructor' },
    { type: ['stop'] },
    { type: 'stop', timeoutMs: '100' },
    { type: 'stop', timeoutMs: 1e99 },
    { type: 'stop', reason: { toString: 'x' } },
    { type: 'stop', reason: 'x'.repeat(15_000) },
  ])
    expect(await api.post(`${exchange}/commands`, body)).toMatchObject(invalid);
  for (const fencingToken of [-1, 0, 1.5, '1', 2 ** 53, [1]])
    expect(await api.post(`${exchange}/revoke`, { reason: 'x', fencingToken })).toMatchObject(invalid);
  for (const query of ['__proto__=1', 'count[]=1', 'count=1e3', 'count=%00', `cursor=${'9'.repeat(400)}-0`])
    expect(await api.get(`${exchange}/activity?${query}`)).toMatchObject(invalid);

  for (const id of ['x', '9'.repeat(10_000), '\\u0000', '{"2":"1-1"}', 'e30', '2:99999999999999999999-1']) {
    const stream = await api.open('/network/events', { headers: { 'last-event-id': id } });
    expect({ id, status: stream.statusCode }).toEqual({ id, status: 200 });
    stream.destroy();
  }
  expect((await api.get('/control/status')).body).toMatchObject({
    status: { connectionState: 'active', lease: 'held' },
  });
  expect(api.output.findLog({ level: 'fatal' })).toBeUndefined();
  expect(api.logs.filter(({ level }) => level === 'error')).toEqual([]);
  expect(await ended(api, 'SIGTERM')).toEqual({ code: 0, signal: null });
});
