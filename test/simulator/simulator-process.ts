/** The stand-alone simulator as a real process, from its source. */
import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';

const PRELOAD = join(__dirname, 'fixtures/compile-typescript.cjs');
const MAIN = join(__dirname, '../../src/exchange/simulator/main.ts');

export class SimulatorProcess {
  stdout = '';
  stderr = '';
  /** Exit code, or `null` when a signal ended it. */
  readonly exited: Promise<number | null>;
  private readonly child: ChildProcess;

  constructor(...args: readonly string[]) {
    this.child = spawn(process.execPath, ['--require', PRELOAD, MAIN, ...args]);
    this.child.stdout?.on('data', (chunk: Buffer) => (this.stdout += chunk.toString()));
    this.child.stderr?.on('data', (chunk: Buffer) => (this.stderr += chunk.toString()));
    this.exited = new Promise((resolve) => this.child.once('close', resolve));
  }

  /** Its REST and WebSocket addresses, once it has printed them; rejects when it ends before. */
  async addresses(): Promise<{ restUrl: string; wsUrl: string }> {
    const found = () => /REST (http:\S+), WebSocket (ws:\S+),/.exec(this.stdout);
    const ended = this.exited.then(() => Promise.reject(new Error(`ended early: ${this.stderr}`)));
    ended.catch(() => undefined);
    while (found() === null) {
      await Promise.race([ended, new Promise((resolve) => this.child.stdout?.once('data', resolve))]);
    }
    const [, restUrl = '', wsUrl = ''] = found() ?? [];
    return { restUrl, wsUrl };
  }

  signal(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }
}
