import { BY_OPERATOR, runnerWorld, START } from '../../test/support/runner-world';
import { CommandNotAllowedError } from './runner.errors';

describe('pause and resume', () => {
  it('rest the workload and keep claim, state and heartbeat', async () => {
    const { clock, runner, toActive, published } = runnerWorld();
    const one = runner();
    await one.runner.start(START);
    await toActive(one.workloads);
    await expect(one.runner.pause(BY_OPERATOR)).resolves.toMatchObject({
      isPaused: true,
      allowedCommands: ['stop', 'resume'],
    });
    await clock.settle();
    expect(published()).toMatchObject({ connectionState: 'active', isPaused: true });
    await one.runner.resume(BY_OPERATOR);
    expect(one.workloads.last.calls.slice(-2)).toEqual(['pause', 'resume']);
  });

  it('are refused before the instance is active', async () => {
    const { runner } = runnerWorld();
    const one = runner();
    await one.runner.start(START);
    await expect(one.runner.pause(BY_OPERATOR)).rejects.toThrow(
      'Cannot pause while starting. Possible now: stop.',
    );
    await expect(one.runner.resume(BY_OPERATOR)).rejects.toThrow(CommandNotAllowedError);
  });
});
