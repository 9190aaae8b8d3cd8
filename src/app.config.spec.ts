import { InvalidConfigurationError, helpFor, loadConfig } from './app.config';
import { SETTINGS } from './app.settings';

const REDIS_URL = 'redis://127.0.0.1:6379';
const TOKEN = 'operator-token-000';

function problemsOf(environment: Record<string, string>, args: string[] = []): string[] {
  try {
    loadConfig({ REDIS_URL, ...environment }, args);
  } catch (error) {
    if (error instanceof InvalidConfigurationError) return error.message.split('\n');
    throw error;
  }
  return [];
}

describe('the configuration', () => {
  it('has the documented defaults', () => {
    const config = loadConfig({ REDIS_URL }, []);
    expect(config).toMatchObject({
      redis: { kind: 'single', url: REDIS_URL },
      host: '127.0.0.1',
      port: 3000,
      controlTokenIsNew: true,
      viewerToken: null,
      autostart: null,
      standby: false,
      logLevel: 'info',
    });
    expect(config.registry).toMatchObject({ emptyRedisGrace: 'on', watchdog: 'off', publicIp: 'auto' });
  });

  it('makes a new operator token for every start without one', () => {
    const [one, other] = [loadConfig({ REDIS_URL }, []), loadConfig({ REDIS_URL }, [])];
    expect(one.controlToken).toMatch(/^[\w-]{43}$/);
    expect(one.controlToken).not.toBe(other.controlToken);
    expect(one.secrets).toContain(one.controlToken);
  });

  it('counts an empty variable as not set', () => {
    expect(loadConfig({ REDIS_URL, PORT: '', CONTROL_TOKEN: '' }, [])).toMatchObject({
      port: 3000,
      controlTokenIsNew: true,
    });
  });

  it.each([
    ['REDISS://u:p@DB:6380/1', 'rediss://u:p@DB:6380/1'],
    [' redis://:p%20w@db ', 'redis://:p%20w@db'],
    ['redis://db/', 'redis://db/'],
    ['rediss://db/15?family=6', 'rediss://db/15?family=6'],
  ])('hands the client %s as it reads it', (given, url) => {
    expect(loadConfig({ REDIS_URL: given }, []).redis).toEqual({ kind: 'single', url });
  });

  it.each([
    ['REDIS_URL', 'http://127.0.0.1'],
    ['REDIS_URL', '127.0.0.1:6379'],
    ['REDIS_URL', 'redis://:100%pure@127.0.0.1'],
    ['REDIS_URL', 'redis://100%pure@127.0.0.1'],
    ['HOST', 'not a host'],
    ['PORT', '65536'],
    ['PORT', '-1'],
    ['PORT', '0x10'],
    ['PORT', '3000.5'],
    ['CONTROL_TOKEN', 'short'],
    ['CONTROL_TOKEN', 'sixteen with a space'],
    ['VIEWER_TOKEN', 'short'],
    ['LEASE_TTL_MS', '45s'],
    ['LEASE_TTL_MS', '0'],
    ['LEASE_TTL_MS', '1e5'],
    ['LEASE_TTL_MS', 'NaN'],
    ['HEARTBEAT_INTERVAL_MS', '49'],
    ['SAFETY_MARGIN_MS', '-5000'],
    ['COMMAND_TIMEOUT_MS', '9'],
    ['STOP_TIMEOUT_MS', '3600001'],
    ['EMPTY_REDIS_GRACE', 'maybe'],
    ['WATCHDOG', 'yes'],
    ['WAIT_REPLICAS', '101'],
    ['PUBLIC_IP', '300.1.1.1'],
    ['SIMULATOR_URL', 'ftp://127.0.0.1'],
    ['STANDBY', 'perhaps'],
    ['WATCHDOG', 'constructor'],
    ['EMPTY_REDIS_GRACE', 'toString'],
    ['LOG_LEVEL', 'loud'],
    ['REDIS_SENTINELS', '127.0.0.1'],
    ['REDIS_CLUSTER_NODES', '127.0.0.1:70000'],
  ] as const)('refuses %s=%s by its name, with the accepted form', (name, value) => {
    const lines = problemsOf({ [name]: value }).filter((line) => line.startsWith(`${name}: `));
    expect(lines[0]).toContain(SETTINGS[name].accepted);
    if ('secret' in SETTINGS[name]) expect(lines.join()).not.toContain(value);
    else expect(lines[0]).toContain(JSON.stringify(value));
  });

  it('reports every problem at once', () => {
    const lines = problemsOf({ PORT: 'x', LOG_LEVEL: 'y', WATCHDOG: 'z' }, ['--fast', '--autostart']);
    expect(lines.map((line) => line.split(':')[0])).toEqual([
      '--fast',
      '--autostart',
      'PORT',
      'WATCHDOG',
      'LOG_LEVEL',
    ]);
  });

  it('needs to know where Redis is, in exactly one way', () => {
    expect(problemsOf({ REDIS_URL: '' })).toEqual([expect.stringMatching(/^REDIS_URL: is not set/)]);
    expect(problemsOf({ REDIS_CLUSTER_NODES: '127.0.0.1:7000' })).toEqual([
      'REDIS_URL: cannot be set together with REDIS_CLUSTER_NODES',
    ]);
    expect(problemsOf({ REDIS_PASSWORD: 'hunter2hunter2' })).toEqual([
      expect.stringMatching(/^REDIS_PASSWORD: applies only with/),
    ]);
    expect(problemsOf({ REDIS_URL: '', REDIS_SENTINELS: '127.0.0.1:26379' })).toEqual([
      expect.stringMatching(/^REDIS_SENTINEL_NAME: is not set/),
    ]);
  });

  it('reads Sentinel and Cluster addresses, of IPv6 too', () => {
    const sentinel = { REDIS_SENTINELS: '127.0.0.1:26379, [::1]:26380', REDIS_SENTINEL_NAME: 'main' };
    expect(loadConfig(sentinel, []).redis).toEqual({
      kind: 'sentinel',
      sentinels: [
        { host: '127.0.0.1', port: 26_379 },
        { host: '::1', port: 26_380 },
      ],
      name: 'main',
      sentinelPassword: null,
      sentinelTls: false,
      credentials: { username: null, password: null, tls: false },
    });
    expect(loadConfig({ REDIS_CLUSTER_NODES: 'redis-1:7000', REDIS_TLS: 'on' }, []).redis).toMatchObject({
      kind: 'cluster',
      credentials: { tls: true },
    });
  });

  it('checks the relations between times, in the names of the environment', () => {
    expect(problemsOf({ HEARTBEAT_INTERVAL_MS: '21000' })).toEqual([
      expect.stringMatching(
        /^HEARTBEAT_INTERVAL_MS: 21000 ms is too long for LEASE_TTL_MS 45000 ms.*SAFETY_MARGIN_MS \(5000 ms\)/,
      ),
    ]);
    expect(problemsOf({ COMMAND_TIMEOUT_MS: '7500' })).toEqual([
      expect.stringMatching(/^COMMAND_TIMEOUT_MS: 7500 ms .* HEARTBEAT_INTERVAL_MS 15000 ms/),
    ]);
    expect(problemsOf({ HEARTBEAT_INTERVAL_MS: '21000', COMMAND_TIMEOUT_MS: '20000' })).toHaveLength(2);
  });

  it('takes the documented fast profile', () => {
    const config = loadConfig({ REDIS_URL, LEASE_TTL_MS: '10000', HEARTBEAT_INTERVAL_MS: '3000' }, []);
    expect(config.registry).toMatchObject({ leaseTtlMs: 10_000, heartbeatIntervalMs: 3_000 });
  });

  it.each(['0.0.0.0', '::', '192.168.1.5', 'api.internal', '127.evil.example'])(
    'does not listen on %s without a configured operator token',
    (host) => {
      expect(problemsOf({ HOST: host })).toEqual([expect.stringMatching(/^HOST: .*CONTROL_TOKEN/)]);
      expect(problemsOf({ HOST: host, CONTROL_TOKEN: TOKEN })).toEqual([]);
    },
  );

  it.each(['127.0.0.1', '127.0.0.2', '::1', 'localhost'])('listens on %s without one', (host) => {
    expect(problemsOf({ HOST: host })).toEqual([]);
  });

  it('refuses one token for both roles', () => {
    expect(problemsOf({ CONTROL_TOKEN: TOKEN, VIEWER_TOKEN: TOKEN })).toEqual([
      expect.stringMatching(/^VIEWER_TOKEN: must differ from CONTROL_TOKEN/),
    ]);
  });

  it('never shows a secret in a problem', () => {
    const secrets = { REDIS_URL: 'http://user:s3cr3t-word@h', CONTROL_TOKEN: 'tiny s3cr3t-word', PORT: 'x' };
    expect(problemsOf(secrets).join('\n')).not.toContain('s3cr3t-word');
  });
});

describe('the command line', () => {
  it.each([[['--autostart', 'coinbase', '--standby']], [['--standby', '--autostart=coinbase']]])(
    'takes %j',
    (args) => {
      expect(loadConfig({ REDIS_URL }, args)).toMatchObject({
        autostart: 'coinbase',
        autostartGivenAs: '--autostart',
        standby: true,
      });
    },
  );

  it('goes before the environment', () => {
    expect(loadConfig({ REDIS_URL, AUTOSTART: 'simulator' }, ['--autostart', 'coinbase']).autostart).toBe(
      'coinbase',
    );
  });

  it.each([
    [['--autostart'], '--autostart: needs the name of an exchange'],
    [['--autostart='], '--autostart: needs the name of an exchange'],
    [['--autostart', '--standby'], '--autostart: needs the name of an exchange'],
    [['--autostart=a', '--autostart=b'], '--autostart: was given more than once'],
    [['--autostart=a', '--standby=no'], '--standby: takes no value'],
    [['--standby'], '--standby: has nothing to wait for'],
    [['--port', '4000'], '--port: is not a known flag'],
    [['-x'], '-x: is not a known flag'],
    [['coinbase'], '"coinbase": is not a flag'],
  ])('refuses %j by name', (args, expected) => {
    expect(problemsOf({}, args).some((line) => line.startsWith(expected))).toBe(true);
  });

  it('shows its usage, whatever else is given', () => {
    expect(helpFor(['--help', '--nonsense'])).toContain('Usage:');
    expect(helpFor(['--standby'])).toBeNull();
  });
});
