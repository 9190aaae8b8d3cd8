import { Witness } from './witness';

describe('Witness', () => {
  let nowMs: number;
  let witness: Witness;
  const account = () => witness.report().keys['account'];

  beforeEach(() => {
    nowMs = 100;
    witness = new Witness(() => nowMs);
  });

  it('counts a client from its subscription to its close, and its socket from the opening', () => {
    const socket = witness.open('account', 'a');
    expect(account()).toMatchObject({ now: 0, max: 0, sockets: { now: 1, max: 1 } });
    nowMs = 120;
    socket.subscribed();
    expect(account()).toMatchObject({ now: 1, max: 1 });
    nowMs = 900;
    socket.closed();
    expect(account()).toEqual({
      now: 0,
      max: 1,
      sockets: { now: 0, max: 1 },
      intervals: [{ client: 'a', openedAt: 100, subscribedAt: 120, closedAt: 900, from: 120, to: 900 }],
      overlaps: [],
      dropped: 0,
    });
  });

  it('shows no overlap when one client ends at the moment the other begins', () => {
    const first = witness.open('account', 'a');
    first.subscribed();
    const second = witness.open('account', 'b');
    nowMs = 200;
    first.closed();
    second.subscribed();
    expect(account()).toMatchObject({ max: 1, overlaps: [], sockets: { max: 2 } });
  });

  it('shows the span during which two clients were connected, and who they were', () => {
    const [first, second, third] = ['a', 'b', 'c'].map((name) => witness.open('account', name));
    first?.subscribed();
    nowMs = 200;
    second?.subscribed();
    expect(account()?.overlaps).toEqual([{ from: 200, to: null, clients: ['a', 'b'] }]);
    nowMs = 300;
    third?.subscribed();
    nowMs = 400;
    first?.closed();
    nowMs = 500;
    second?.closed();
    nowMs = 600;
    third?.closed();
    expect(account()).toMatchObject({
      now: 0,
      max: 3,
      overlaps: [{ from: 200, to: 500, clients: ['a', 'b', 'c'] }],
    });
  });

  it('takes two sockets of one named client for one client', () => {
    const [first, second] = [witness.open('account', 'a'), witness.open('account', 'a')];
    first.subscribed();
    second.subscribed();
    expect(account()).toMatchObject({ now: 1, max: 1, overlaps: [], sockets: { now: 2 } });
    first.closed();
    expect(account()).toMatchObject({ now: 1 });
  });

  it('takes every unnamed socket for a client of its own', () => {
    for (let n = 0; n < 2; n++) witness.open('account', undefined).subscribed();
    expect(account()).toMatchObject({ max: 2, overlaps: [{ clients: ['socket-1', 'socket-2'] }] });
  });

  it('begins a new interval when a client that had unsubscribed subscribes again', () => {
    const socket = witness.open('account', 'a');
    socket.subscribed();
    nowMs = 200;
    socket.unsubscribed();
    nowMs = 300;
    socket.subscribed();
    nowMs = 400;
    socket.closed();
    expect(account()?.intervals).toEqual([
      { client: 'a', openedAt: 100, subscribedAt: 100, closedAt: 400, from: 100, to: 200 },
      { client: 'a', openedAt: 100, subscribedAt: 300, closedAt: 400, from: 300, to: 400 },
    ]);
  });

  it('changes nothing when it hears the same again, or anything after the close', () => {
    const socket = witness.open('account', 'a');
    socket.subscribed();
    socket.subscribed();
    socket.closed();
    const before = account();
    nowMs = 900;
    socket.closed();
    socket.subscribed();
    socket.unsubscribed();
    expect(account()).toEqual(before);
  });

  it('keeps keys apart, whatever they are called', () => {
    witness.open('__proto__', 'a').subscribed();
    witness.open('account', 'b').subscribed();
    expect(Object.keys(witness.report().keys)).toEqual(['__proto__', 'account']);
    expect(account()).toMatchObject({ now: 1, max: 1, overlaps: [] });
  });

  it('forgets the oldest ended intervals when there are too many, never one that goes on', () => {
    witness.open('account', 'lasting').subscribed();
    for (let n = 0; n < 1_010; n++) {
      const socket = witness.open('account', `brief-${n}`);
      socket.subscribed();
      socket.closed();
    }
    const report = account();
    expect(report).toMatchObject({ now: 1, max: 2, dropped: 21 });
    expect(report?.intervals).toHaveLength(1_000);
    expect(report?.intervals[0]?.client).toBe('lasting');
    expect(report?.overlaps).toHaveLength(1_000);
  });

  it('forgets idle keys when there are too many', () => {
    witness.open('busy', 'a').subscribed();
    for (let n = 0; n < 1_100; n++) witness.open(`key-${n}`, 'a').closed();
    const keys = Object.keys(witness.report().keys);
    expect(keys).toHaveLength(1_000);
    expect(keys[0]).toBe('busy');
  });
});
