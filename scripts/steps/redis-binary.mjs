/** Step: a Redis server program is on this machine. */
import { compileRedisServer } from '../redis/compile.mjs';
import { findRedisServer } from '../redis/find.mjs';
import { installRedisServer } from '../redis/install.mjs';
import { EXIT, SetupError } from '../setup-error.mjs';

/**
 * Finds one, else installs one with the system's package manager, else builds one, else says what to do.
 *
 * @param {{
 *   root: string, logFile: string, tell: (text: string) => void,
 *   find?: () => string | undefined, install?: typeof installRedisServer, compile?: typeof compileRedisServer,
 * }} context
 * @returns {Promise<{ did: string, binary: string }>}
 */
export async function ensureRedisBinary({
  root,
  logFile,
  tell,
  find = () => findRedisServer({ path: process.env.PATH, root }),
  install = installRedisServer,
  compile = compileRedisServer,
}) {
  const found = find();
  if (found !== undefined) return { did: `found ${found}`, binary: found };

  tell('no redis-server or valkey-server found');
  const installation = await install({ logFile, tell });
  const installed = find();
  if (installed !== undefined) return { did: `installed ${installed}`, binary: installed };
  const whyNotInstalled = installation.kind === 'installed' ? 'it brought no redis-server' : installation.why;
  tell(`not installed: ${whyNotInstalled.split('\n').at(-1)}`);

  const whyNotBuilt = await compile({ root, logFile, tell }).then(
    () => 'it left no program',
    (error) =>
      String(error instanceof Error ? error.message : error)
        .split('\n')
        .at(-1),
  );
  const built = find();
  if (built !== undefined) return { did: `built ${built}`, binary: built };
  throw new SetupError(
    [
      'No Redis server could be found, installed or built.',
      `  package manager: ${whyNotInstalled}`,
      `  build: ${whyNotBuilt}`,
      `  details: ${logFile}`,
      'What to do: install one (Debian: sudo apt-get install redis-server; macOS: brew install redis),',
      'or point REDIS_URL at a running one, then run the same command again.',
    ].join('\n'),
    EXIT.unavailable,
  );
}
