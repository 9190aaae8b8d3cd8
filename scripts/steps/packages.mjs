/** Step: the packages named in the lock file are installed. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { runTool } from '../processes/run-tool.mjs';
import { EXIT, SetupError } from '../setup-error.mjs';

/**
 * `--ignore-scripts`: none of our packages needs to compile or download anything when it is installed.
 * Development packages are wanted whatever NODE_ENV says, and a package that asks for a newer Node only warns.
 */
const OPTIONS = [
  '--ignore-scripts',
  '--include=dev',
  '--engine-strict=false',
  '--no-audit',
  '--no-fund',
  '--loglevel=error',
];

/**
 * The second is for a registry that does not hold every package the lock file names for other platforms: `npm ci`
 * refuses that, `npm install` leaves those out. The versions are those of the lock file in both.
 */
const COMMANDS = [['ci'], ['install', '--no-save', '--prefer-offline']];

/** @param {string} path */
function readLock(path) {
  /** @type {{ packages?: Record<string, { version?: string, optional?: boolean, peer?: boolean }> }} */
  const lock = JSON.parse(readFileSync(path, 'utf8'));
  return lock.packages ?? {};
}

/**
 * Compares the lock file with npm's own record of what it installed. Optional packages are missing where they do not
 * fit the platform.
 *
 * @param {string} root
 */
export function packagesAreCurrent(root) {
  const record = join(root, 'node_modules', '.package-lock.json');
  if (!existsSync(record)) return false;
  const installed = readLock(record);
  return Object.entries(readLock(join(root, 'package-lock.json')))
    .filter(([path]) => path !== '')
    .every(([path, { version, optional }]) => {
      const found = installed[path];
      return found === undefined ? optional === true : found.version === version;
    });
}

/**
 * @param {{ root: string, logFile: string, tell: (text: string) => void }} context
 * @returns {Promise<{ did: string }>}
 */
export async function ensurePackages({ root, logFile, tell }) {
  if (packagesAreCurrent(root)) return { did: 'up to date' };
  // npm tells its scripts where it is itself; a plain `node scripts/start.mjs` finds it in PATH.
  const path = process.env.npm_execpath;
  const npm = path?.endsWith('.js') ? [process.execPath, path] : ['npm'];
  let failure = '';
  for (const subcommand of COMMANDS) {
    tell(`installing with npm ${subcommand[0]}`);
    const [program = '', ...args] = [...npm, ...subcommand, ...OPTIONS];
    try {
      await runTool(program, args, { cwd: root, logFile, tell });
      return { did: 'installed' };
    } catch (error) {
      failure = error instanceof Error ? error.message : String(error);
    }
  }
  throw new SetupError(
    `The packages could not be installed. ${failure}\n` +
      'What to do: see that this machine reaches the npm registry, then run the same command again.',
    EXIT.unavailable,
  );
}
