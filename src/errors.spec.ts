import { ExchangeError, messageOf, publicDetailsOf, publicMessageOf } from './errors';

class Refusal extends ExchangeError {
  readonly code = 'WORKLOAD_FAILED';

  override get details() {
    return { attempts: 3, tries: [{ problem: this.message }] };
  }
}

describe('the text of what was thrown', () => {
  const unreadable = Object.defineProperty({}, 'message', {
    get: () => {
      throw new Error('not to be read');
    },
  });

  it.each([Object.create(null), unreadable, { toString: () => Object.create(null) }])(
    'is there although it has none',
    (thrown: unknown) => {
      expect(messageOf(thrown)).toBe('something that cannot be shown as text was thrown');
    },
  );
});

describe('the public text of an error', () => {
  it.each([
    ['GET https://key:hunter2@api.example/orders failed', 'GET https://***@api.example/orders failed'],
    ['rediss://:p@ss:word@db:6380/1 and wss://token@feed', 'rediss://***@db:6380/1 and wss://***@feed'],
    ['get https://api.example/users/joe@example.org', 'get https://api.example/users/joe@example.org'],
    ['nothing to hide', 'nothing to hide'],
  ])('of %s has no credentials', (message, text) => {
    expect(publicMessageOf(new Error(message))).toBe(text);
  });

  it('is cut, but not so that a credential is no longer known for one', () => {
    const text = publicMessageOf(`${'x'.repeat(1_990)} https://key:${'hunter2'.repeat(10)}@api.example`);
    expect(text).toHaveLength(2_000);
    expect(text).not.toContain('key');
    expect(messageOf('x'.repeat(3_000))).toHaveLength(3_000);
  });

  it('is that of every text in the details too', () => {
    expect(publicDetailsOf(new Refusal('https://key:hunter2@api.example'))).toEqual({
      attempts: 3,
      tries: [{ problem: 'https://***@api.example' }],
    });
  });

  it('can be told whatever an error of the work carries', () => {
    const circle: Record<string, unknown> = { orderId: 123n };
    expect(publicDetailsOf(Object.defineProperty(new Refusal('x'), 'details', { value: circle }))).toEqual({
      orderId: '123',
    });
    circle['self'] = circle;
    expect(publicDetailsOf(Object.defineProperty(new Refusal('x'), 'details', { value: circle }))).toEqual(
      {},
    );
  });
});
