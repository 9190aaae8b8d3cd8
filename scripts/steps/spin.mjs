/** Step: SPIN and a C compiler, for the model (test/model), are on this machine; else they are installed as on Debian. */
import { runTool } from '../processes/run-tool.mjs';
import { EXIT, SetupError } from '../setup-error.mjs';

const PACKAGES = ['spin', 'gcc', 'libc6-dev'];

/** @param {{ tell: (text: string) => void }} context */
export async function ensureSpin({ tell }) {
  if (await isThere()) return;
  const withSudo = process.getuid?.() === 0 ? [] : ['sudo', '-n'];
  tell(`installing ${PACKAGES.join(', ')} with ${[...withSudo, 'apt-get'].join(' ')}`);
  let why = 'they are still not there';
  try {
    for (const args of [
      ['update', '-q'],
      ['install', '-q', '-y', '--no-install-recommends', ...PACKAGES],
    ]) {
      const [command = '', ...rest] = [
        ...withSudo,
        'env',
        'DEBIAN_FRONTEND=noninteractive',
        'apt-get',
        ...args,
      ];
      await runTool(command, rest, {});
    }
  } catch (error) {
    why = error instanceof Error ? error.message : String(error);
  }
  if (await isThere()) return;
  const advice = `Install ${PACKAGES.join(', ')} (Debian: sudo apt-get install ${PACKAGES.join(' ')}) and run the same command again.`;
  throw new SetupError(
    `SPIN and gcc are needed for the model and could not be installed: ${why}\n${advice}`,
    EXIT.unavailable,
  );
}

/** Of both programs. */
function isThere() {
  return runTool('sh', ['-c', 'command -v spin && command -v gcc'], {}).then(
    () => true,
    () => false,
  );
}
