/**
 * Finds a Redis server program on this machine: in PATH, in the usual places, in what an earlier run has built.
 */
import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** In order of preference; Valkey speaks the same protocol and takes the same settings. */
const PROGRAMS = ['redis-server', 'valkey-server'];

/** Where packages put servers that an ordinary user's PATH leaves out. */
const USUAL_PLACES = [
  '/usr/bin',
  '/usr/sbin',
  '/usr/local/bin',
  '/usr/local/sbin',
  '/opt/homebrew/bin',
  '/snap/bin',
];

/** Where `redis-memory-server` keeps what it has built for us, below the project's root. */
export const BUILD_FOLDER = join('.cache', 'redis-binaries');

/** @param {string} path */
function isProgram(path) {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

/**
 * The path of a Redis server program, or undefined if there is none.
 *
 * @param {{ path?: string, places?: readonly string[], root: string }} where `path` as in the environment's PATH;
 *   `places` are searched after it.
 * @returns {string | undefined}
 */
export function findRedisServer({ path = '', places = USUAL_PLACES, root }) {
  const folders = [...path.split(delimiter).filter((folder) => folder !== ''), ...places];
  const candidates = PROGRAMS.flatMap((program) => folders.map((folder) => join(folder, program)));
  return [...candidates, join(root, BUILD_FOLDER, 'stable', 'redis-server')].find(isProgram);
}
