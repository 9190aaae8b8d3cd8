/** The reason an operator gives: it is in the log of the exchange for 90 days. */
import { z } from 'zod';

const LONGEST = 500;
const ACCEPTED = `a text of 1 to ${LONGEST} characters is accepted`;

export const reasonSchema = z
  .string({
    error: ({ input }) =>
      `${input === undefined ? 'is missing' : `is no text but ${kindOf(input)}`}; ${ACCEPTED}`,
  })
  .trim()
  .min(1, `is empty; ${ACCEPTED}`)
  .max(LONGEST, `has more than ${LONGEST} characters; ${ACCEPTED}`);

/** What was given is not repeated: it may be anything. */
function kindOf(value: unknown): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'a list' : `of type ${typeof value}`;
}
