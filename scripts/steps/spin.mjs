/** Step: SPIN and a C compiler, for the model (test/model), are on this machine. */
import { install } from '../processes/install.mjs';
import { runTool } from '../processes/run-tool.mjs';
import { EXIT, SetupError } from '../setup-error.mjs';

const SPIN = {
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
export async function ensureSpin({
  logFile,
  tell,
  find = areThere,
  install: installSpin = (context) => install(SPIN, context),
}) {
  if (await find()) return { did: 'found spin and gcc' };
  const installation = await installSpin({ logFile, tell });
  if (await find()) return { did: 'installed spin and gcc' };
  const why = installation.kind === 'installed' ? 'they are still not there' : installation.why;
  throw new SetupError(
    [
      `The model needs SPIN and gcc, and they could not be installed: ${why}`,
      `What to do: install them (Debian: sudo apt-get install ${SPIN.packages['apt-get'].join(' ')}) and run the same again.`,
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
