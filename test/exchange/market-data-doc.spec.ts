/** The alerts and numbers in docs/market-data.md, held to the rules. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  alertsOf,
  RANGE_SPIKE,
  RSI_OVERBOUGHT,
  RSI_OVERSOLD,
} from '../../src/exchange/market-data/alert-rules';
import { compileMarketDataOptions } from '../../src/exchange/market-data/market-data.options';

const page = readFileSync(join(__dirname, '../../docs/market-data.md'), 'utf8');
const folder = join(__dirname, '../../src/exchange/market-data');
const rows = [...page.matchAll(/^\| `(?<name>[a-z-]+)`\s*\|(?<when>[^|]+)\|(?<data>[^|]+)\|$/gm)].map(
  ({ groups }) => groups as { name: string; when: string; data: string },
);

describe('docs/market-data.md', () => {
  it('lists every alert, and no other', () => {
    const sources = readdirSync(folder)
      .filter((file) => file.endsWith('.ts') && !file.endsWith('.spec.ts'))
      .map((file) => readFileSync(join(folder, file), 'utf8'))
      .join('\n');
    const raised = [...sources.matchAll(/(?:\balert\(\s*|raiseAlert\(\{\s*name: )'(?<name>[a-z-]+)'/g)];
    expect(rows.map(({ name }) => name).sort()).toEqual(raised.map(({ groups }) => groups!.name!).sort());
  });

  it('has the limits of the rules, and what goes with an alert', () => {
    const candle = { time: 60, open: 1, high: 1, low: 1, close: 1, volume: 1 };
    const before = { candle, emaFast: 1, emaSlow: 1, rsi: 50, macdHistogram: 0, atr: 1 };
    const [alert] = alertsOf('BTC-USD', before, { ...before, rsi: RSI_OVERBOUGHT });
    const when = Object.fromEntries(rows.map((row) => [row.name, row.when]));
    expect(when['rsi-overbought']).toContain(` ${RSI_OVERBOUGHT} `);
    expect(when['rsi-oversold']).toContain(` ${RSI_OVERSOLD} `);
    expect(when['range-spike']).toContain(` ${RANGE_SPIKE} times`);
    const documented = [...rows[0]!.data.matchAll(/`(?<field>\w+)`/g)].map(({ groups }) => groups!.field);
    expect(documented).toEqual(Object.keys(alert?.data ?? {}));
  });

  it('has the lengths of what is kept and read', () => {
    const { candlesKept, historyMinutes } = compileMarketDataOptions({});
    expect(page).toContain(`the newest ${candlesKept.toLocaleString('en-US')}.`);
    expect(page).toContain(`no more than the newest ${candlesKept.toLocaleString('en-US')} of them`);
    expect(page).toContain(`the last ${historyMinutes} minutes`);
  });
});
