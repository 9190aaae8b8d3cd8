/**
 * `npm run test:acl`: the tests of the Redis adapters and of the API on Redis once more, with a user that has exactly the
 * rights of docs/redis-acl.md. Arguments after `--` go to jest.
 */
import { Report } from './report.mjs';
import { runJest } from './steps/checks.mjs';
import { ROOT, runScript, setUp } from './steps/set-up.mjs';

/** Whatever talks to Redis as the API does. Specs that need further rights give them to this user (`allow`). */
const SPECS = [
  'test/security',
  'test/registry-store',
  'test/registry/',
  'test/promises',
  'test/endings',
  'test/bad-input',
  'test/api/(process|two-processes|sentinel|cluster|tls)',
  'test/resources',
];

/** Left out of these. */
const LEFT_OUT = [
  // Tries the client, and asks PING, SELECT and SET of any key for it, which no instance does.
  'test/registry-store/connection',
  // Has no Redis.
  'test/registry-store/memory-store',
];
// Left out as a whole:
// - test/package: its example publishes on a channel of its own, as an application, with the rights of one;
// - test/support: tries the servers of the tests themselves;
// - test/tooling: starts the embedded Redis, which has no users;
// - the rest of test/api, test/exchange, test/simulator, test/simulation, test/schedule, test/model: have no Redis;
// - test/chaos: its faults are those of servers; what its instances ask of Redis is asked in test/api and test/endings.

const report = new Report({ steps: 5 });
const args = process.argv.slice(2);

await runScript(async () => {
  await setUp(report, { needsRedis: true, needsCompilers: true });
  process.env.REDIS_ACL = 'documented';
  const chosen = args.length > 0 ? args : [...SPECS, `--testPathIgnorePatterns=${LEFT_OUT.join('|')}`];
  const { failed } = await runJest({ root: ROOT, args: chosen, report });
  return failed === 0 ? 0 : 1;
});
