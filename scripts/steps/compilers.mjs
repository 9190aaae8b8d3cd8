/** Step: SPIN, which compiles the model (test/model) into C, and a C compiler, also for a Redis with a clock that tests set, are on this machine. */
import { install } from '../processes/install.mjs';
import { runTool } from '../processes/run-tool.mjs';
import { EXIT, SetupError } from '../setup-error.mjs';

const COMPILERS = {
  name: 'spin and gcc',
  packages: { 'apt-get': ['spin', 'gcc', 'libc6-dev'], brew: ['spin'] },
};

/**
 * Finds both, else installs them with the system's package manager, else says what to do.
 *
 * @param {{
 *   logFile: string, tell: (text: string) => void,
 *   find?: () => Promise<boolean>, install?: (context: Parameters<typeof install>[1]) => ReturnType<typeof install>,
 * }} context
 * @returns {Promise<{ did: string }>}
 */
export async function ensureCompilers({
  logFile,
  tell,
  find = areThere,
  install: installThem = (context) => install(COMPILERS, context),
}) {
  if (await find()) return { did: 'found spin and gcc' };
  const installation = await installThem({ logFile, tell });
  if (await find()) return { did: 'installed spin and gcc' };
  const why = installation.kind === 'installed' ? 'they are still not there' : installation.why;
  throw new SetupError(
    [
      `The tests need SPIN and gcc, and they could not be installed: ${why}`,
      `What to do: install them (Debian: sudo apt-get install ${COMPILERS.packages['apt-get'].join(' ')}) and run the same again.`,
    ].join('\n'),
    EXIT.unavailable,
  );
}

function areThere() {
  return runTool('sh', ['-c', 'command -v spin && command -v gcc']).then(
    () => true,
    () => false,
  );
}
