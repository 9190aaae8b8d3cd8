import { IllegalPauseError, IllegalTransitionError, TransitionSupersededError } from './state-machine.errors';

describe('what goes wrong with a move, for a person and for a machine', () => {
  it('an illegal move names where one may go instead', () => {
    const error = new IllegalTransitionError('starting', 'active');
    expect(error.code).toBe('ILLEGAL_TRANSITION');
    expect(error.message).toBe('Cannot go from starting to active; allowed: warming, stopping, idle.');
    expect(error.details).toEqual({
      from: 'starting',
      to: 'active',
      allowed: ['warming', 'stopping', 'idle'],
    });
  });

  it.each([
    [
      new IllegalPauseError('pause', 'active', true),
      'Cannot pause while active and paused; only an active instance can be paused and resumed.',
      { requested: 'pause', state: 'active', isPaused: true },
    ],
    [
      new IllegalPauseError('resume', 'idle', false),
      'Cannot resume while idle; only an active instance can be paused and resumed.',
      { requested: 'resume', state: 'idle', isPaused: false },
    ],
  ])('an illegal pause says what was found: %s', (error, message, details) => {
    expect(error.code).toBe('ILLEGAL_TRANSITION');
    expect(error.message).toBe(message);
    expect(error.details).toEqual(details);
  });

  it('an overtaken step says by what', () => {
    const error = new TransitionSupersededError('warming', 'stopping');
    expect(error.code).toBe('TRANSITION_SUPERSEDED');
    expect(error.message).toBe('The step to warming was overtaken by a step to stopping.');
    expect(error.details).toEqual({ waitedFor: 'warming', wentTo: 'stopping' });
  });
});
