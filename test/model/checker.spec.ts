import { readOutput } from './checker';

describe('what SPIN says', () => {
  it('is no proof when the search was cut short', () => {
    const cut = 'error: max search depth too small\nerrors: 0\n  100 states, stored\n';
    expect(readOutput(cut)).toMatchObject({ end: 'cut short' });
    expect(readOutput('pan: out of memory\n')).toMatchObject({ end: 'cut short', states: 0 });
    expect(readOutput('')).toMatchObject({ end: 'cut short' });
  });

  it('is a proof when everything was searched, and a counterexample when an assertion failed', () => {
    const complete = { end: 'complete', states: 100, finding: null, length: null };
    expect(readOutput('errors: 0\n  100 states, stored\n')).toEqual(complete);
    const failed = 'pan:1: assertion violated (a>b) (at depth 7)\nerrors: 1\n  9 states, stored\n';
    expect(readOutput(failed)).toEqual({
      end: 'violated',
      states: 9,
      finding: 'assertion violated (a>b)',
      length: 7,
    });
  });
});
