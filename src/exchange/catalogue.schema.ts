/**
 * What a catalogue may look like. Finds every problem at once; says nothing about files.
 */
import { z } from 'zod';
import { ADAPTER_TYPES } from './adapter-types';
import type { CatalogueEntry } from './catalogue';
import { describeFound, type CatalogueProblem } from './catalogue.errors';
import { isProductId, PRODUCT_ID_FORM } from './simulator/product-profile';

const MAX_ENTRIES = 1_000;
const MAX_SYMBOLS = 100;
const SYMBOL = /^[A-Za-z0-9][A-Za-z0-9._-]{0,39}$/;

const accepted: Readonly<Record<keyof CatalogueEntry, string>> = {
  id: 'a whole number from 1 to 2147483647, once in the file',
  name: '1 to 64 lower-case letters, digits and hyphens, once in the file',
  displayName: 'a text of 1 to 100 characters',
  adapter: `one of ${ADAPTER_TYPES.join(', ')}`,
  symbols: `a list of 1 to ${MAX_SYMBOLS} different product ids like "BTC-USD"`,
  restUrl: 'an http:// or https:// address without user, password and "#", or null together with wsUrl',
  wsUrl: 'a ws:// or wss:// address without user, password and "#", or null together with restUrl',
};

const address = (protocol: RegExp) =>
  z
    .string()
    .max(2_000)
    .refine((text) => isAddress(text, protocol))
    .nullable();

const entrySchema = z
  .strictObject({
    id: z.int().min(1).max(2_147_483_647),
    name: z.string().regex(/^[a-z0-9][a-z0-9-]{0,63}$/),
    displayName: z.string().trim().min(1).max(100),
    adapter: z.enum(ADAPTER_TYPES),
    symbols: z
      .array(z.string().regex(SYMBOL))
      .min(1)
      .max(MAX_SYMBOLS)
      .refine((symbols) => new Set(symbols).size === symbols.length),
    restUrl: address(/^https?:$/),
    wsUrl: address(/^wss?:$/),
  })
  .refine((entry) => (entry.restUrl === null) === (entry.wsUrl === null), { path: ['wsUrl'] });

const catalogueSchema = z.array(entrySchema).min(1).max(MAX_ENTRIES);

export type CatalogueReading =
  | { readonly kind: 'valid'; readonly entries: CatalogueEntry[] }
  | { readonly kind: 'invalid'; readonly problems: CatalogueProblem[] };

/** Checks parsed JSON. Never throws. */
export function readCatalogue(input: unknown): CatalogueReading {
  const parsed = catalogueSchema.safeParse(input);
  const problems = [
    ...(parsed.success ? [] : parsed.error.issues.flatMap((issue) => problemsOf(issue, input))),
    ...duplicates(input, 'id'),
    ...duplicates(input, 'name'),
    ...unfitForSimulator(input),
  ];
  if (parsed.success && problems.length === 0) return { kind: 'valid', entries: parsed.data };
  return { kind: 'invalid', problems };
}

function problemsOf(issue: z.core.$ZodIssue, input: unknown): CatalogueProblem[] {
  const [index, field] = issue.path;
  if (typeof index !== 'number') {
    return [problem(null, null, input, `a list of 1 to ${MAX_ENTRIES} exchanges`)];
  }
  const entry: unknown = (input as unknown[])[index];
  if (issue.code === 'unrecognized_keys') {
    const fields = Object.keys(accepted).join(', ');
    return issue.keys.map((key) => ({
      ...problem(index, key, entry, `only the fields ${fields}`),
      // What stands there may be somebody's key to an exchange.
      found: 'an unknown field',
    }));
  }
  if (typeof field !== 'string') {
    return [problem(index, null, entry, `an object with the fields ${Object.keys(accepted).join(', ')}`)];
  }
  return [problem(index, field, entry, accepted[field as keyof CatalogueEntry])];
}

function problem(index: number | null, field: string | null, entry: unknown, form: string): CatalogueProblem {
  const record = isRecord(entry) ? entry : {};
  const value = field === null ? entry : record[field];
  const name = typeof record.name === 'string' ? record.name : null;
  return { index, name, field, found: describeFound(value), accepted: form };
}

function duplicates(input: unknown, field: 'id' | 'name'): CatalogueProblem[] {
  if (!Array.isArray(input)) return [];
  const seen = new Set<unknown>();
  return input.flatMap((entry: unknown, index) => {
    const value = isRecord(entry) ? entry[field] : undefined;
    if (value === undefined || !seen.has(value)) {
      seen.add(value);
      return [];
    }
    return [problem(index, field, entry, `${accepted[field]} (an earlier entry has it)`)];
  });
}

/**
 * An exchange without addresses is one of the simulator, whose products have ids of a narrower form: said here, or every start
 * would fail.
 */
function unfitForSimulator(input: unknown): CatalogueProblem[] {
  if (!Array.isArray(input)) return [];
  return input.flatMap((entry: unknown, index) => {
    if (!isRecord(entry) || entry.restUrl !== null || entry.wsUrl !== null) return [];
    const symbols: unknown[] = Array.isArray(entry.symbols) ? entry.symbols : [];
    return symbols
      .filter((symbol) => typeof symbol === 'string' && SYMBOL.test(symbol) && !isProductId(symbol))
      .map((symbol) => ({
        ...problem(index, 'symbols', entry, `${PRODUCT_ID_FORM} on the simulator, which null addresses mean`),
        found: describeFound(symbol),
      }));
  });
}

function isAddress(text: string, protocol: RegExp): boolean {
  const url = URL.canParse(text) ? new URL(text) : null;
  // No socket takes a `#`, and it swallows the path of a request.
  if (url === null || url.href.includes('#')) return false;
  return protocol.test(url.protocol) && url.username === '' && url.password === '';
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
