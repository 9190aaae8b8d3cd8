import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';

const WATCHDOG = resolve(__dirname, '../../dist/registry/watchdog.js');

/** Runs `script` in a process of its own that has a watchdog with a slack of 50 ms; resolves to how it ended. */
async function run(
  script: string,
  nodeArgs: string[] = [],
): Promise<{ code: number | null; signal: string | null; errors: string }> {
  const source = `const { Watchdog } = require(${JSON.stringify(WATCHDOG)}); const watchdog = new Watchdog(50); ${script}`;
  const child = spawn(process.execPath, [...nodeArgs, '-e', source], { stdio: ['ignore', 'ignore', 'pipe'] });
  let errors = '';
  child.stderr.on('data', (data) => (errors += data));
  const [code, signal] = (await once(child, 'close')) as [number | null, string | null];
  return { code, signal, errors };
}

const BLOCK = 'for (;;);';
const LIVE = 'setTimeout(() => watchdog.close().then(() => process.exit(0)), 600);';

describe('Watchdog', () => {
  it('ends a process whose main thread is blocked at the deadline of its claim', async () => {
    const { signal, errors } = await run(`watchdog.prove(100); setTimeout(() => { ${BLOCK} }, 20);`);
    expect(signal).toBe('SIGKILL');
    expect(errors).toContain('main thread blocked past the deadline');
  });

  it('leaves a process alone that proves its claim in time', async () => {
    // On a busy machine the thread that proves may stand still for a while; what was proven first is over long before the end.
    const renewing = 'watchdog.prove(2_000); setInterval(() => watchdog.prove(2_000), 50);';
    const living = 'setTimeout(() => watchdog.close().then(() => process.exit(0)), 3_000);';
    await expect(run(`${renewing} ${living}`)).resolves.toMatchObject({ code: 0 });
  });

  it('leaves a process alone that has taken its claim back', async () => {
    await expect(run(`watchdog.prove(100); watchdog.prove(null); ${LIVE}`)).resolves.toMatchObject({
      code: 0,
    });
  });

  describe('when the machine was suspended past the deadline', () => {
    const suspended = ['--require', resolve(__dirname, 'fixtures/boot-clock-leaps.cjs')];

    it('ends a process whose main thread is blocked, without the rest on the monotonic clock', async () => {
      const blocked = `watchdog.prove(20_000); setTimeout(() => { ${BLOCK} }, 20);`;
      const begunAt = performance.now();
      await expect(run(blocked, suspended)).resolves.toMatchObject({ signal: 'SIGKILL' });
      expect(performance.now() - begunAt).toBeLessThan(15_000);
    });

    it('leaves a process alone that takes its claim back at its next look', async () => {
      const looking = 'watchdog.prove(20_000); setTimeout(() => watchdog.prove(null), 1_400);';
      const living = 'setTimeout(() => watchdog.close().then(() => process.exit(0)), 3_000);';
      await expect(run(`${looking} ${living}`, suspended)).resolves.toMatchObject({ code: 0 });
    });
  });

  it('keeps no process alive', async () => {
    await expect(run('watchdog.prove(60_000);')).resolves.toMatchObject({ code: 0 });
  });
});
