import { statusOf } from '../../test/registry-store/contract/requests';
import type { HolderView } from './lease-store';
import { describeHolder, StatusPoisonedError } from './registry.errors';

const COINBASE = { id: 1, name: 'coinbase' };
const NONSENSE: HolderView = {
  reading: { kind: 'garbage', problem: 'a value of 8 characters that is not JSON' },
  expiresInMs: 45_000,
};

describe('the message of a status key that blocks without being a claim', () => {
  it('says what is there, when it is free, and how to free it now', () => {
    expect(new StatusPoisonedError(COINBASE, NONSENSE).message).toBe(
      'The status key of exchange coinbase (exchange:1:status) holds no claim but a value of 8 characters that is not JSON. ' +
        'It has an expiry now and is free in 45.0 s; to free it at once, revoke it with holderIsDead, if surely no instance ' +
        'works on the exchange. Find out who wrote it.',
    );
  });

  it('names the instance of a claim that had no expiry', () => {
    const holder: HolderView = { reading: { kind: 'status', status: statusOf('a1') }, expiresInMs: 45_000 };
    const { message } = new StatusPoisonedError(COINBASE, holder);
    expect(message).toContain('had no expiry, which no instance leaves behind; it names instance a on host');
    expect(message).not.toContain('unless renewed');
  });
});

it('a holder is named with whom to ask about it, if anybody was named', () => {
  const held = (admin: { adminEmail: string | null; adminDisplayName: string | null }) =>
    describeHolder({
      reading: { kind: 'status', status: { ...statusOf('a1'), ...admin } },
      expiresInMs: 45_000,
    });
  expect(held({ adminEmail: 'ops@example.org', adminDisplayName: 'Ops' })).toContain(
    ', administered by Ops, ops@example.org; its claim expires',
  );
  expect(held({ adminEmail: 'ops@example.org', adminDisplayName: null })).toContain('by ops@example.org;');
  expect(held({ adminEmail: null, adminDisplayName: null })).not.toContain('administered');
});

it('a claim without expiry is not said to expire', () => {
  expect(describeHolder({ ...NONSENSE, expiresInMs: 0 })).toMatch(/its claim never expires$/);
  expect(describeHolder(NONSENSE)).toMatch(/its claim expires in 45\.0 s unless renewed$/);
});
