/** What is told of a broken promise, and how many faults are left in it. */
import 'reflect-metadata';
import { useCleanUp } from '../support/hooks';
import { failureOf } from './failure';
import type { Fault } from './fault-plan';
import { SIMULATED_BUGS } from './planted-bugs';
import { simulate } from './simulate';

describe('the report of a failure', () => {
  useCleanUp();

  it('names the seed, the commit, the promise, the faults that it needs and what happened last', async () => {
    const bug = SIMULATED_BUGS['status-without-ttl'];
    const run = await simulate(1, bug);
    const [named, violated, needs = '', ...lines] = await failureOf(run, bug);
    expect(named).toMatch(/^seed 1, commit (?:[0-9a-f]{7,}(?:\+dirty)?|unknown)$/);
    expect(violated).toMatch(/^violated: status TTL: ./);
    const [, kept = '', all = ''] = /^needs (\d+) of (\d+) faults:$/.exec(needs) ?? [];
    expect(Number(all)).toBe(run.faults.length);
    expect(Number(kept)).toBeLessThan(run.faults.length);
    const faults = lines.slice(0, Number(kept)).map((line) => JSON.parse(line) as Fault);
    expect(run.faults).toEqual(expect.arrayContaining(faults));
    const [header = '', ...events] = lines.slice(Number(kept));
    expect(header).toBe('the last 200 events (true time in ms):');
    expect(events).toHaveLength(200);
    expect(events.at(-1)).toMatch(/^ *\d+\.\d{3} \S+ /);

    const again = await simulate(1, bug, ({ atMs }) => faults.some((fault) => fault.atMs === atMs));
    expect(`violated: ${again.violation?.message}`).toBe(violated);
    expect(await failureOf({ ...run, violation: null }, bug)).toEqual([]);
  }, 120_000);
});
