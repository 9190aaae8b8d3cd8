/** The command line of a script: `--help` prints how it is called and ends with 0, an argument that is wrong is a message and ends with 64. */
import { parseArgs } from 'node:util';
import { EXIT } from './setup-error.mjs';

/**
 * The values of the options, or the end of the process.
 *
 * @template {NonNullable<import('node:util').ParseArgsConfig['options']>} Options
 * @param {string} usage
 * @param {Options} options
 */
export function readCommandLine(usage, options, args = process.argv.slice(2)) {
  if (asksForHelp(args)) {
    process.stdout.write(`${usage}\n`);
    process.exit(0);
  }
  try {
    return parseArgs({ args, options }).values;
  } catch (error) {
    return refuse(error instanceof Error ? error.message : String(error), usage);
  }
}

/** @param {readonly string[]} args */
export function asksForHelp(args) {
  return args.includes('--help');
}

/**
 * Ends the process because of an argument.
 *
 * @param {string} problem
 * @param {string} usage
 * @returns {never}
 */
export function refuse(problem, usage) {
  process.stderr.write(`${problem}\n\n${usage}\n`);
  process.exit(EXIT.usage);
}
