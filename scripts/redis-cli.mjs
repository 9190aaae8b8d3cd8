/** `npm run redis`: opens redis-cli on the embedded Redis of a running `npm start`, or gives it one command. */
import { spawnSync } from 'node:child_process';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { askIdentity } from './redis/ask.mjs';
import { readAddress } from './redis/embedded.mjs';
import { EXIT } from './setup-error.mjs';

const address = readAddress(dirname(dirname(fileURLToPath(import.meta.url))));
if (address === undefined || (await askIdentity(address)) === undefined) {
  process.stderr.write('No embedded Redis runs in this folder: run `npm start` in another terminal first.\n');
  process.exitCode = EXIT.unavailable;
} else {
  const { status, error } = spawnSync('redis-cli', ['-p', String(address.port), ...process.argv.slice(2)], {
    stdio: 'inherit',
    env: { ...process.env, REDISCLI_AUTH: address.password },
  });
  if (error !== undefined) process.stderr.write(`redis-cli could not be run: ${error.message}\n`);
  process.exitCode = status ?? EXIT.unavailable;
}
