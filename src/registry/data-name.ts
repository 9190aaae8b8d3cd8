/** The names that the data of a workload may have under the tag of its exchange. */

/** What the registry keeps there itself. */
const RESERVED = /^(?:fence|activity|commands|taken:.*|journal:.*)$/;

/** The name as it is. Throws a `RangeError` for one the registry keeps for itself. */
export function checkedDataName(name: string): string {
  if (RESERVED.test(name)) throw new RangeError(`"${name}" is a key of the registry itself`);
  return name;
}
