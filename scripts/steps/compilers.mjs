/** Step: SPIN, which compiles the model (test/model) into C, and a C compiler, also for a Redis with a clock that tests set, are on this machine. */
import { install } from '../processes/install.mjs';
import { runTool } from '../processes/run-tool.mjs';
import { EXIT, SetupError } from '../setup-error.mjs';

const COMPILERS = {
  name: 'spin and gcc',
  packages: { 'apt-get': ['spin', 'gcc', 'libc6-dev'], brew: ['spin'] },
};

/**
 * Finds both, else installs them with the system's package manager, else says what to do: by an error, or, where much can be done
 * without them, as the step's outcome.
 *
 * @param {{
 *   logFile: string, tell: (text: string) => void, areOptional?: boolean,
 *   find?: () => Promise<boolean>, install?: (context: Parameters<typeof install>[1]) => ReturnType<typeof install>,
 * }} context
 * @returns {Promise<{ did: string }>}
 */
export async function ensureCompilers({
  logFile,
  tell,
  areOptional = false,
  find = areThere,
  install: installThem = (context) => install(COMPILERS, context),
}) {
  if (await find()) return { did: 'found spin and gcc' };
  const installation = await installThem({ logFile, tell });
  if (await find()) return { did: 'installed spin and gcc' };
  const why = installation.kind === 'installed' ? 'they are still not there' : installation.why;
  const missing = `SPIN and gcc are missing, and could not be installed: ${why}`;
  const remedy = `install them (Debian: sudo apt-get install ${COMPILERS.packages['apt-get'].join(' ')}) and run the same again.`;
  if (areOptional) return { did: `${missing}. What needs them will fail; ${remedy}` };
  throw new SetupError(`${missing}\nWhat to do: ${remedy}`, EXIT.unavailable);
}

function areThere() {
  return runTool('sh', ['-c', 'command -v spin && command -v gcc']).then(
    () => true,
    () => false,
  );
}
