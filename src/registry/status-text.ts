/** How a status becomes the text under its key, and what of a stored text decides who owns it. */
import { MAX_STATUS_LENGTH, type ExchangeStatus } from './exchange-status';

/** The two parts of the text around the token: the store hands out the token, so it puts the text together. */
export interface StatusText {
  readonly head: string;
  readonly tail: string;
}

/** Splits the text of a status where its token goes, as the last field. */
export function splitStatusText(status: Omit<ExchangeStatus, 'fencingToken'>): StatusText {
  const json = JSON.stringify({ ...status, fencingToken: undefined }, wholeCharacters);
  return { head: `${json.slice(0, -1)},"fencingToken":`, tail: '}' };
}

/** Half of a character pair (a text cut off in the middle of one, say) is JSON, but none that Redis's own reader takes. */
function wholeCharacters(_field: string, value: unknown): unknown {
  return typeof value === 'string' ? value.replace(/\p{Surrogate}/gu, '\ufffd') : value;
}

/** The whole text of a status whose token is known. */
export function statusText(status: ExchangeStatus): string {
  const { head, tail } = splitStatusText(status);
  return `${head}${status.fencingToken}${tail}`;
}

/** The fields of a stored status that decide whose it is. `null`: absent, or not what we write. */
export interface StatusOwner {
  readonly instanceId: string;
  readonly claimId: string | null;
  readonly fencingToken: number | null;
  readonly revision: number | null;
}

/** Reads the owner of a stored text; `null` when it names none. Never throws. */
export function readOwner(text: string): StatusOwner | null {
  if (Buffer.byteLength(text) > MAX_STATUS_LENGTH) return null;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return null;
  const field = (name: string): unknown => Reflect.get(value, name);
  const instanceId = field('instanceId');
  if (typeof instanceId !== 'string' || instanceId === '') return null;
  const claimId = field('claimId');
  const token = field('fencingToken');
  const revision = field('revision');
  return {
    instanceId,
    claimId: typeof claimId === 'string' ? claimId : null,
    fencingToken: isToken(token) ? token : null,
    revision: Number.isSafeInteger(revision) ? (revision as number) : null,
  };
}

/** A number that a store could have handed out: whole, 1 or greater, exact as a double. */
export function isToken(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 1;
}
