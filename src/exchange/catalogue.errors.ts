import { ExchangeError } from '../errors';

const SHOWN_CHARACTERS = 80;

/** One thing wrong with a catalogue: where it is, what stands there, and what would be accepted. */
export interface CatalogueProblem {
  /** Position in the list, from 0; `null` when the file as a whole is meant. */
  readonly index: number | null;
  /** The entry's name, where it has a readable one. */
  readonly name: string | null;
  readonly field: string | null;
  /** What was found, as JSON, shortened; `null` when nothing was. */
  readonly found: string | null;
  readonly accepted: string;
}

/** Thrown when a catalogue cannot be used. Carries every problem, not only the first. */
export class InvalidCatalogueError extends ExchangeError {
  readonly code = 'INVALID_CATALOGUE';

  constructor(
    readonly file: string,
    readonly problems: readonly CatalogueProblem[],
    options?: ErrorOptions,
  ) {
    super(`EXCHANGES_FILE ${file} cannot be used: ${problems.map(sentence).join('; ')}`, options);
  }

  override get details() {
    return { file: this.file, problems: this.problems };
  }
}

/** Thrown when somebody asks for an exchange the catalogue does not have. */
export class UnknownExchangeError extends ExchangeError {
  readonly code = 'UNKNOWN_EXCHANGE';

  constructor(
    readonly wanted: string,
    readonly known: readonly string[],
  ) {
    super(`There is no exchange ${shorten(JSON.stringify(wanted))}. Known exchanges: ${known.join(', ')}.`);
  }

  override get details() {
    return { wanted: this.wanted, known: this.known };
  }
}

/** What was found, fit for one line of a message. An address may hold a password, and this text goes to the log. */
export function describeFound(value: unknown): string | null {
  return value === undefined ? null : shorten(masked(JSON.stringify(value)));
}

/** Up to the last `@` of each text with an address in it: a password that was not encoded may have a slash or an `@` of its own. */
function masked(json: string): string {
  return json.replace(/\/\/(?:[^"\\]|\\.)*@/g, '//***@');
}

function sentence(problem: CatalogueProblem): string {
  const where = [
    problem.index === null ? null : `entry ${problem.index}`,
    problem.name === null ? null : `"${shorten(problem.name)}"`,
    problem.field,
  ].filter((part) => part !== null);
  const subject = where.length === 0 ? 'the file' : where.join(' ');
  const found = problem.found === null ? 'is missing' : `is ${problem.found}`;
  return `${subject} ${found}, accepted: ${problem.accepted}`;
}

function shorten(text: string): string {
  return text.length <= SHOWN_CHARACTERS ? text : `${text.slice(0, SHOWN_CHARACTERS - 1)}…`;
}
