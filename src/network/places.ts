/** Places that are limited: viewers leave the last of them to operators. */

/** Of any kind of place. */
export const PLACES_FOR_OPERATORS = 10;

/** Whether there is one more place, of `most`, for somebody who comes when `taken` are taken. */
export function hasPlace(taken: number, most: number, isOperator: boolean): boolean {
  return taken < most - (isOperator ? 0 : PLACES_FOR_OPERATORS);
}
