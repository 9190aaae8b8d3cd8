/** What a script tells its user: one line a step, what it did and how long it took. */

/** @param {number} ms */
export function duration(ms) {
  return ms < 1_000 ? `${Math.round(ms)} ms` : `${(ms / 1_000).toFixed(1)} s`;
}

export class Report {
  /** @param {{ steps?: number, write?: (text: string) => unknown }} [options] */
  constructor({ steps = 0, write = (text) => process.stdout.write(text) } = {}) {
    this.steps = steps;
    this.current = 0;
    this.write = write;
  }

  /** @param {string} text */
  line(text) {
    this.write(`${text}\n`);
  }

  /**
   * Does one step and prints what it says it has done. A step that takes long may call `tell` meanwhile.
   *
   * @template T
   * @param {string} name
   * @param {(tell: (text: string) => void) => Promise<{ did: string } & T>} act
   * @returns {Promise<{ did: string } & T>}
   */
  async step(name, act) {
    this.current += 1;
    const label = this.steps > 0 ? `[${this.current}/${this.steps}] ${name}` : name;
    const startedAt = performance.now();
    const result = await act((text) => this.line(`${label}: ${text}`));
    this.line(`${label}: ${result.did} (${duration(performance.now() - startedAt)})`);
    return result;
  }
}
