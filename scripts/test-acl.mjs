/**
 * `npm run test:acl`: the tests of the Redis adapters and of the API on Redis once more, with a user that has exactly the
 * rights of docs/redis-acl.md. Arguments after `--` go to jest.
 */
import { Report } from './report.mjs';
import { runJest } from './steps/checks.mjs';
import { ROOT, runScript, setUp } from './steps/set-up.mjs';

/** Whatever talks to Redis as the API does. Specs that need a server with rights of its own set them. */
const SPECS = [
  'test/security',
  'test/registry-store/(redis-store|adapters-agree)',
  'test/registry/',
  'test/promises',
  'test/endings',
  'test/bad-input/(keys|requests)',
  'test/api/(process|two-processes)',
];

const report = new Report({ steps: 5 });
const args = process.argv.slice(2);

await runScript(async () => {
  await setUp(report, { needsRedis: true, needsCompilers: true });
  process.env.REDIS_ACL = 'documented';
  const { failed } = await runJest({ root: ROOT, args: args.length > 0 ? args : SPECS, report });
  return failed === 0 ? 0 : 1;
});
