import { FAULT_MATRIX } from './fault-matrix';
import { PROFILES } from './profiles';

it('the matrix of faults has every kind of every profile, once', () => {
  const kinds = Object.values(PROFILES).flatMap(({ weights }) => Object.keys(weights));
  expect(Object.values(FAULT_MATRIX).flat().toSorted()).toEqual([...new Set(kinds)].toSorted());
});
