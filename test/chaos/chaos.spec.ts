/** A slice of `npm run chaos`: what every `npm test` tries. */
import 'reflect-metadata';
import { useCleanUp } from '../support/hooks';
import { huntFor } from './bug-hunt';
import { runChaos } from './run';

describe('four processes under faults', () => {
  useCleanUp();

  it('keep every promise, and one of them works when nothing is wrong any more', async () => {
    const { findings, figures } = await runChaos({ seed: 3, durationMs: 15_000 });
    expect(findings).toEqual([]);
    expect(figures['faults']).toBeGreaterThan(35);
    expect(figures['acts']).toBeGreaterThan(0);
  }, 180_000);

  it('are caught when processes of one host count as one', async () => {
    expect(await huntFor('same-host-is-same-instance', 1)).toBe('exclusion');
  }, 120_000);
});
