/**
 * The bearer tokens of this process, kept as hashes.
 *
 * Decides which role a token gives. Comparing takes the same time whatever is compared: both sides are hashed to the
 * same length, and every token is compared.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import { Role } from './access.decorator';

export class AccessTokens {
  readonly #hashes: readonly (readonly [Role, Buffer])[];

  /** `viewerToken` is `null` when there are no viewers. */
  constructor(controlToken: string, viewerToken: string | null) {
    this.#hashes = [
      [Role.Operator, hashOf(controlToken)],
      ...(viewerToken === null ? [] : [[Role.Viewer, hashOf(viewerToken)] as const]),
    ];
  }

  /** The role the token gives; `null` when it gives none. */
  roleOf(presented: string): Role | null {
    const hash = hashOf(presented);
    const matching = this.#hashes.filter(([, expected]) => timingSafeEqual(hash, expected));
    return matching[0]?.[0] ?? null;
  }
}

function hashOf(token: string): Buffer {
  return createHash('sha256').update(token, 'utf8').digest();
}
