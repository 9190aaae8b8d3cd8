/**
 * Reads the catalogue file. The only place of `exchange/` that touches the file system.
 */
import { closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs';
import { messageOf } from '../errors';
import { BUILT_IN_CATALOGUE } from './built-in.catalogue';
import { Catalogue } from './catalogue';
import { InvalidCatalogueError } from './catalogue.errors';
import { readCatalogue } from './catalogue.schema';

/** A catalogue of a thousand exchanges is far smaller; anything above is not a catalogue. */
export const MAX_CATALOGUE_BYTES = 1_048_576;

/**
 * The catalogue in `path`, or the built-in one without a path. Throws `InvalidCatalogueError` with every
 * problem of the file. Blocks: meant for process start.
 */
export function loadCatalogue(path: string | undefined): Catalogue {
  if (path === undefined) return new Catalogue(BUILT_IN_CATALOGUE);
  const reading = readCatalogue(parseJson(path, readText(path)));
  if (reading.kind === 'invalid') throw new InvalidCatalogueError(path, reading.problems);
  return new Catalogue(reading.entries);
}

function readText(path: string): string {
  let descriptor: number | undefined;
  try {
    // O_NONBLOCK: opening a named pipe must be refused below, not waited on.
    descriptor = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const stat = fstatSync(descriptor);
    if (!stat.isFile()) throw wholeFile(path, 'not a regular file', 'a JSON file');
    if (stat.size > MAX_CATALOGUE_BYTES) {
      throw wholeFile(path, `${stat.size} bytes long`, `at most ${MAX_CATALOGUE_BYTES} bytes`);
    }
    return readFileSync(descriptor, 'utf8');
  } catch (error) {
    if (error instanceof InvalidCatalogueError) throw error;
    throw wholeFile(path, `unreadable (${messageOf(error)})`, 'a JSON file this process may read', error);
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}

function parseJson(path: string, text: string): unknown {
  try {
    return JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch (error) {
    throw wholeFile(path, `not JSON (${describeFault(text, messageOf(error))})`, LIST_FORM);
  }
}

/**
 * V8 quotes the file around the fault, where a password may stand: said instead is the line. From Node 22 on V8 says it itself
 * for some faults; it is said once, in one form.
 */
function describeFault(text: string, v8Message: string): string {
  const message = v8Message.replace(/ \(line \d+ column \d+\)$/, '');
  const { position } = /at position (?<position>\d+)/.exec(message)?.groups ?? {};
  const { fault, quoted } =
    /^(?<fault>.*?), (?:\.\.\.)?"(?<quoted>.*)"(?:\.\.\.)? is not valid JSON$/s.exec(message)?.groups ?? {};
  const at = quoted === undefined ? Number(position ?? text.length) : text.indexOf(quoted);
  return `${fault ?? message}, near line ${text.slice(0, at).split('\n').length}`;
}

const LIST_FORM = 'a JSON list of { id, name, displayName, adapter, symbols, restUrl, wsUrl }';

function wholeFile(path: string, found: string, accepted: string, cause?: unknown): InvalidCatalogueError {
  return new InvalidCatalogueError(path, [{ index: null, name: null, field: null, found, accepted }], {
    cause,
  });
}
