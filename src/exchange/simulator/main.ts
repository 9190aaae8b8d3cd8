/**
 * The simulator as a process of its own: `node dist/exchange/simulator/main.js --port 4100`.
 *
 * Prints one line with its addresses. SIGTERM and SIGINT end it with 0. Exit codes: 64 a bad flag, 69 it cannot listen.
 */
import { parseArgs } from 'node:util';
import { messageOf } from '../../errors';
import { ExchangeSimulator } from './exchange-simulator';

const EXIT_BAD_FLAG = 64;
const EXIT_UNAVAILABLE = 69;
const USAGE = `Usage: npm run simulator [-- [--port <port>] [--host <address>] [--seed <text>]]

  --port <port>     0 to 65535; 0 takes a free one (4100 unless given)
  --host <address>  to listen on (127.0.0.1 unless given)
  --seed <text>     which history and future the markets have (1 unless given)
  --help            show this`;
const ACCEPTED = 'accepted are --port <0 to 65535>, --host <address>, --seed <text>';

interface Flags {
  readonly port: number;
  readonly host: string;
  readonly seed: string;
}

/** The flags, or the reason why they are refused. */
function readFlags(args: readonly string[]): Flags | string {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: { port: { type: 'string' }, host: { type: 'string' }, seed: { type: 'string' } },
    });
    const { port = '4100', host = '127.0.0.1', seed = '1' } = values;
    if (!/^\d{1,5}$/.test(port) || Number(port) > 65_535) {
      return `--port: got ${JSON.stringify(port)}, accepted is a whole number from 0 to 65535`;
    }
    if (host === '') return '--host: got "", accepted is an address to listen on, such as 127.0.0.1';
    return { port: Number(port), host, seed };
  } catch (error) {
    return `${messageOf(error)} (${ACCEPTED})`;
  }
}

function fail(exitCode: number, message: string): void {
  process.stderr.write(`simulator: ${message}\n`);
  process.exitCode = exitCode;
}

async function main(): Promise<void> {
  const args = process.argv.slice(2);
  if (args.includes('--help')) return void process.stdout.write(`${USAGE}\n`);
  const flags = readFlags(args);
  if (typeof flags === 'string') return fail(EXIT_BAD_FLAG, flags);
  const { port, host, seed } = flags;
  const simulator = new ExchangeSimulator({ seed });
  // Before listening: whoever reads the line below may send a signal at once.
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => void simulator.close());
  try {
    const { restUrl, wsUrl } = await simulator.listen(port, host);
    process.stdout.write(`exchange simulator: REST ${restUrl}, WebSocket ${wsUrl}, seed ${seed}\n`);
  } catch (error) {
    const inUse = (error as NodeJS.ErrnoException).code === 'EADDRINUSE';
    const advice = inUse
      ? 'the port is in use; choose another with --port, or 0 for a free one'
      : messageOf(error);
    fail(EXIT_UNAVAILABLE, `cannot listen on ${host}:${port}: ${advice}`);
    await simulator.close();
  }
}

void main();
