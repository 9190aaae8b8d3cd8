/** What the simulation looks for: a promise that was broken. The first one ends the run. */
export class Violation extends Error {
  override readonly name = 'Violation';

  constructor(
    readonly invariant: string,
    readonly finding: string,
  ) {
    super(`${invariant}: ${finding}`);
  }
}

/** Collects the first violation, wherever it is found. */
export class Verdict {
  violation: Violation | null = null;

  fail(invariant: string, finding: string): void {
    this.violation ??= new Violation(invariant, finding);
  }
}
