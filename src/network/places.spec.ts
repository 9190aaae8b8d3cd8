import { hasPlace, PLACES_FOR_OPERATORS } from './places';

const MOST = 40;

it.each([
  ['a viewer the last of theirs', MOST - PLACES_FOR_OPERATORS - 1, false, true],
  ['no viewer one of those for operators', MOST - PLACES_FOR_OPERATORS, false, false],
  ['an operator the last one', MOST - 1, true, true],
  ['nobody one more than there are', MOST, true, false],
])('gives %s', (_whom, taken, isOperator, isGiven) => {
  expect(hasPlace(taken, MOST, isOperator)).toBe(isGiven);
});
