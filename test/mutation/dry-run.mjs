/** Runs the specs of `npm run mutate` once, without any mutant, and prints how many there are and those that fail. */
import { SPECS } from '../../stryker.config.mjs';
import { OneProcessRunner } from './one-process-runner.mjs';

const { tests } = await new OneProcessRunner({ specs: SPECS }).dryRun();
const failed = tests.filter(({ status }) => status !== 0);
process.stdout.write(JSON.stringify({ tests: tests.length, failed }));
