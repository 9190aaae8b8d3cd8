/**
 * Finds out under which public address this instance is seen, in the background.
 *
 * Decides nothing that matters: it delays nothing, and a failure leaves the address unknown.
 */
import { isIP } from 'node:net';

/** Services that answer a GET with the caller's address as plain text. */
export const IP_SERVICES: readonly string[] = [
  'https://api.ipify.org',
  'https://checkip.amazonaws.com',
  'https://icanhazip.com',
];

/** Limit for all services together, milliseconds. */
export const IP_TIMEOUT_MS = 3_000;

type Fetch = (url: string, init: { signal: AbortSignal; redirect: 'error' }) => Promise<Response>;

/** The first valid answer of any service, asked all at once; `null` when none answers in time. Never rejects. */
export async function lookUpPublicIp(
  fetch: Fetch,
  services = IP_SERVICES,
  timeoutMs = IP_TIMEOUT_MS,
): Promise<string | null> {
  const done = new AbortController();
  // oxlint-disable-next-line no-restricted-properties -- both are of this one look-up
  const signal = AbortSignal.any([done.signal, AbortSignal.timeout(timeoutMs)]);
  try {
    return await Promise.any(services.map((url) => ask(fetch, url, signal)));
  } catch {
    return null;
  } finally {
    done.abort();
  }
}

async function ask(fetch: Fetch, url: string, signal: AbortSignal): Promise<string> {
  const response = await fetch(url, { signal, redirect: 'error' });
  const text = (await response.text()).trim();
  if (!response.ok || isIP(text) === 0) throw new TypeError(`${url} did not answer with an address`);
  return text;
}
