/** The last events of a run, kept cheaply and put into words only when somebody wants to read them. */
const KEPT = 200;

interface Line {
  readonly atMs: number;
  readonly who: string;
  readonly what: string;
  readonly detail: unknown;
}

export class Trace {
  readonly #lines: Line[] = [];
  readonly #names = new Map<string, string>();
  #count = 0;

  constructor(private readonly time: { readonly nowMs: number }) {}

  add(who: string, what: string, detail: unknown = null): void {
    this.#lines[this.#count % KEPT] = { atMs: this.time.nowMs, who, what, detail };
    this.#count += 1;
  }

  /** A short name for a random identifier, the same in every run of the same seed. */
  name(prefix: string, id: string): string {
    const known = this.#names.get(id);
    if (known !== undefined) return known;
    const name = `${prefix}${this.#names.size + 1}`;
    this.#names.set(id, name);
    return name;
  }

  /** Oldest first. */
  text(): string[] {
    const from = this.#count > KEPT ? this.#count % KEPT : 0;
    return [...this.#lines.slice(from), ...this.#lines.slice(0, from)].map(({ atMs, who, what, detail }) => {
      const shown = detail === null ? '' : ` ${typeof detail === 'string' ? detail : JSON.stringify(detail)}`;
      return `${atMs.toFixed(3).padStart(14)} ${who.padEnd(8)} ${what}${shown}`;
    });
  }
}
