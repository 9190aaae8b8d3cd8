/** Runs a tool to its end: its output goes to a file, a sign of life to the user, and the end of it into the error. */
import { spawn } from 'node:child_process';
import { appendFileSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';

const SIGN_OF_LIFE_MS = 5_000;
const LINES_IN_ERROR = 25;

/** Thrown when a tool could not be run or ended with another code than 0. */
export class ToolError extends Error {
  /**
   * @param {string} commandLine
   * @param {string} how
   * @param {string} output
   */
  constructor(commandLine, how, output) {
    super(`${commandLine} ${how}${output === '' ? '' : `; it printed\n${output}`}`);
    this.name = 'ToolError';
    this.output = output;
  }
}

/**
 * Resolves with everything the tool printed. It gets no input.
 *
 * @param {string} command
 * @param {readonly string[]} args
 * @param {{ cwd?: string, env?: NodeJS.ProcessEnv, logFile?: string, tell?: (text: string) => void }} [options]
 * @returns {Promise<string>}
 */
export function runTool(command, args, { cwd, env, logFile, tell } = {}) {
  const commandLine = [command, ...args].join(' ');
  if (logFile !== undefined) {
    mkdirSync(dirname(logFile), { recursive: true });
    appendFileSync(logFile, `\n$ ${commandLine}\n`);
  }
  return new Promise((resolve, reject) => {
    let output = '';
    const startedAt = performance.now();
    const child = spawn(command, args, { cwd, env: env ?? process.env, stdio: ['ignore', 'pipe', 'pipe'] });
    const ticker = setInterval(() => {
      const lastLine = output.trimEnd().split('\n').at(-1)?.trim().slice(0, 100) ?? '';
      tell?.(`${Math.round((performance.now() - startedAt) / 1_000)} s … ${lastLine}`.trimEnd());
    }, SIGN_OF_LIFE_MS);
    const take = (/** @type {Buffer} */ chunk) => {
      output += chunk.toString();
      if (logFile !== undefined) appendFileSync(logFile, chunk);
    };
    child.stdout.on('data', take);
    child.stderr.on('data', take);
    child.on('error', (error) => {
      clearInterval(ticker);
      reject(new ToolError(commandLine, `could not be run (${error.message})`, ''));
    });
    child.on('close', (code, signal) => {
      clearInterval(ticker);
      if (code === 0) return resolve(output);
      const end = output.trimEnd().split('\n').slice(-LINES_IN_ERROR).join('\n');
      reject(new ToolError(commandLine, `ended with ${signal ?? `code ${code}`}`, end));
    });
  });
}
