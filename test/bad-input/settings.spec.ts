/** Every setting, flag and catalogue that is wrong: code 64, and a line that says which, what it was, and what would do. */
import { catalogueFor } from '../../src/app.boot';
import { loadConfig } from '../../src/app.config';
import { exitCodeOf } from '../../src/app.errors';
import { SETTINGS, type Setting, type SettingName } from '../../src/app.settings';
import { messageOf } from '../../src/errors';
import { startApi } from '../support/api-process';
import { useCleanUp } from '../support/hooks';
import { temporaryFile } from '../support/live-exchange';

useCleanUp();

const REDIS_URL = 'redis://127.0.0.1:1';

/** What a start with these settings prints before it ends with 64. */
function refusal(env: Readonly<Record<string, string>>, args: readonly string[] = []) {
  try {
    catalogueFor(loadConfig(env, args));
  } catch (error) {
    expect(exitCodeOf(error)).toBe(64);
    const text = messageOf(error);
    return { lines: text.split('\n'), text };
  }
  throw new Error('was not refused');
}

const DURATIONS = ['ten', '-1', '1e3', '99999999999', '4.5', '0x10'];
const SWITCHES = ['yes', 'ON', '2', 'constructor'];
const TOKENS = ['short', 'sixteen and a blank', `unprintable\u0007-token`, 'x'.repeat(513)];
const NODES = ['127.0.0.1', '127.0.0.1:0', 'a:1,b', 'redis://:n0t-shown-here@127.0.0.1:1'];
/** Wrong only together with others, or against the world: refused in a test of its own below. */
const ANY_TEXT: string[] = [];

/** Values that each setting must refuse by itself. */
const UNFIT: Record<SettingName, readonly string[]> = {
  REDIS_URL: [
    '127.0.0.1:6379',
    'http://127.0.0.1',
    'redis://',
    'redis://:n0t-shown-here@',
    'redis://:n0t-shown-here%@h',
    'redis://h:6379/prod',
    'rediss://h:6379/prod',
    'redis://h//1',
    'redis://h/1x',
    'redis://h/-1',
    'redis://h/%31',
    'redis://h/123456',
    'redis://h?db=1',
    'redis://h/?%64b=1x',
    'rediss://:n0t-shown-here@h/1/2',
  ],
  REDIS_SENTINELS: NODES,
  REDIS_SENTINEL_NAME: ANY_TEXT,
  REDIS_SENTINEL_PASSWORD: ANY_TEXT,
  REDIS_SENTINEL_TLS: SWITCHES,
  REDIS_CLUSTER_NODES: NODES,
  REDIS_USERNAME: ANY_TEXT,
  REDIS_PASSWORD: ANY_TEXT,
  REDIS_TLS: SWITCHES,
  HOST: ['not a host', '-x', '127.0.0.1:80', 'http://127.0.0.1'],
  PORT: ['65536', '-1', 'http', '80.5', '1e3'],
  CONTROL_TOKEN: TOKENS,
  VIEWER_TOKEN: TOKENS,
  EXCHANGES_FILE: ANY_TEXT,
  LEASE_TTL_MS: ['499', '86400001', ...DURATIONS],
  HEARTBEAT_INTERVAL_MS: ['49', '86400001', ...DURATIONS],
  SAFETY_MARGIN_MS: ['9', '86400001', ...DURATIONS],
  COMMAND_TIMEOUT_MS: ['9', '86400001', ...DURATIONS],
  STOP_TIMEOUT_MS: ['3600001', ...DURATIONS],
  EMPTY_REDIS_GRACE: SWITCHES,
  WAIT_REPLICAS: ['101', '-1', 'all', '1.5'],
  WATCHDOG: SWITCHES,
  PUBLIC_IP: ['on', '1.2.3', '300.1.1.1', 'example.org'],
  // Longer than is shown of it.
  ADMIN_NAME: [`@${'x'.repeat(320)}`],
  ADMIN_EMAIL: ['nobody', 'two words@example.org', '@example.org', `${'x'.repeat(320)}@example.org`],
  SIMULATOR_URL: ['127.0.0.1:4100', 'ws://127.0.0.1:4100', 'http://', 'ftp://u:n0t-shown-here@127.0.0.1'],
  AUTOSTART: ANY_TEXT,
  STANDBY: SWITCHES,
  LOG_LEVEL: ['loud', 'INFO', '3', 'constructor'],
};
const ROUNDS = Math.max(...Object.values(UNFIT).map((values) => values.length));

describe('a setting', () => {
  it('has its unfit values in this file', () => {
    expect(new Set(Object.keys(UNFIT))).toEqual(new Set(Object.keys(SETTINGS)));
  });

  // All settings are wrong at once, each in another way in every round: every problem has its line.
  it.each(Array.from({ length: ROUNDS }, (_, round) => round))(
    'is refused by its name, its value and the accepted form (round %i)',
    (round) => {
      const given = Object.entries(UNFIT)
        .map(([name, values]): [SettingName, string] => [name as SettingName, values[round] ?? ''])
        .filter(([, value]) => value !== '');
      const { lines, text } = refusal(Object.fromEntries(given));
      for (const [name, value] of given) {
        const setting: Setting = SETTINGS[name];
        const line = lines.find((each) => each.startsWith(`${name}: `)) ?? `no line of ${name}`;
        expect(line).toContain(setting.accepted);
        if (setting.secret && !setting.accepted.includes(value)) expect(text).not.toContain(value);
        if (!setting.secret && !value.includes('@')) expect(line).toContain(JSON.stringify(value));
      }
      expect(text).not.toContain('n0t-shown-here');
    },
  );

  it.each<[string, Record<string, string>, RegExp]>([
    ['REDIS_URL', {}, /^REDIS_URL: is not set; .*rediss:/],
    ['REDIS_USERNAME', { REDIS_URL, REDIS_USERNAME: 'u' }, /^REDIS_USERNAME: applies only with/],
    ['REDIS_PASSWORD', { REDIS_URL, REDIS_PASSWORD: 'n0t-shown-here' }, /^REDIS_PASSWORD: applies only with/],
    [
      'REDIS_SENTINEL_PASSWORD',
      { REDIS_URL, REDIS_SENTINEL_PASSWORD: 'n0t-shown-here' },
      /^REDIS_SENTINEL_PASSWORD: applies only with/,
    ],
    ['REDIS_SENTINEL_TLS', { REDIS_URL, REDIS_SENTINEL_TLS: 'on' }, /^REDIS_SENTINEL_TLS: applies only with/],
    ['REDIS_SENTINEL_NAME', { REDIS_SENTINELS: '127.0.0.1:1' }, /^REDIS_SENTINEL_NAME: is not set/],
    ['AUTOSTART', { REDIS_URL, AUTOSTART: '__proto__' }, /^AUTOSTART: .*"__proto__".*coinbase, simulator/],
    ['EXCHANGES_FILE', { REDIS_URL, EXCHANGES_FILE: '/' }, /^EXCHANGES_FILE \/ cannot be used: .*regular/],
  ])('%s is refused beside others that do not go with it', (_name, env, expected) => {
    const { lines, text } = refusal(env);
    expect(lines).toEqual([expect.stringMatching(expected)]);
    expect(text).not.toContain('n0t-shown-here');
  });

  it('is refused beside flags that are wrong', () => {
    const args = ['--standby=no', '--port=1', '-x', 'coinbase', '--autostart'];
    const { lines } = refusal({ REDIS_URL, PORT: 'x' }, args);
    expect(new Set(lines.map((line) => line.split(': ')[0]))).toEqual(
      new Set(['"coinbase"', '--autostart', '--port', '--standby', '-x', 'PORT']),
    );
  });
});

describe('a catalogue', () => {
  const entry = {
    id: 1,
    name: 'coinbase',
    displayName: 'Coinbase',
    adapter: 'coinbase',
    symbols: ['BTC-USD'],
    restUrl: null,
    wsUrl: null,
  };

  it.each<[string, string, RegExp[]]>([
    ['of duplicate ids', JSON.stringify([entry, { ...entry, name: 'other' }]), [/entry 1 "other" id .*1/]],
    [
      'of duplicate names',
      JSON.stringify([entry, { ...entry, id: 2 }]),
      [/entry 1 "coinbase" name .*earlier/],
    ],
    [
      'of an unknown adapter',
      JSON.stringify([{ ...entry, adapter: 'nasdaq' }]),
      [/entry 0 "coinbase" adapter .*"nasdaq".*one of coinbase/],
    ],
    ['that is not JSON', '- id: 1', [/not JSON/]],
    ['without exchanges', '[]', [/a list of 1 to/]],
    [
      'with a password in an address',
      JSON.stringify([{ ...entry, restUrl: 'https://u:n0t-shown-here@h', wsUrl: 'wss://h' }]),
      [/entry 0 "coinbase" restUrl/],
    ],
  ])('%s is refused, saying where', async (_what, text, expected) => {
    const EXCHANGES_FILE = await temporaryFile('exchanges.json', text);
    const shown = refusal({ REDIS_URL, EXCHANGES_FILE });
    expect(shown.lines).toHaveLength(1);
    expect(shown.text).toContain(`EXCHANGES_FILE ${EXCHANGES_FILE} cannot be used`);
    for (const pattern of expected) expect(shown.text).toMatch(pattern);
    expect(shown.text).not.toContain('n0t-shown-here');
  });

  it('is refused when it is not there', () => {
    const EXCHANGES_FILE = '/nowhere/exchanges.json';
    const { lines } = refusal({ REDIS_URL, EXCHANGES_FILE });
    expect(lines).toEqual([expect.stringMatching(/^EXCHANGES_FILE \/nowhere\/exchanges\.json .*ENOENT/)]);
  });
});

it('a process started like that prints just these lines, and ends with 64 before it has touched anything', async () => {
  const env = { LEASE_TTL_MS: 'long', REDIS_SENTINELS: 'redis://:n0t-shown-here@h:1', PORT: '0' };
  const api = await startApi({ env, args: ['--fast'], until: 'spawned' });
  expect(await api.exited).toEqual({ code: 64, signal: null });
  expect(api.output.lines).toEqual(refusal(env, ['--fast']).lines);
});
