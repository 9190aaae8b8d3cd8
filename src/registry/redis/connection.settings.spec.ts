import { clientSettings, clusterSettings, jitteredDelayMs } from './connection.settings';

const TIMES = { commandTimeoutMs: 700 };

/** Each of these is needed by itself; what it keeps away is told beside the setting. */
const CLIENT = {
  commandTimeout: 700,
  connectTimeout: 1_000,
  socketTimeout: 1_400,
  autoResendUnfulfilledCommands: false,
  maxRetriesPerRequest: 0,
  enableOfflineQueue: false,
  enableReadyCheck: true,
  enableAutoPipelining: false,
  autoResubscribe: false,
  retryStrategy: jitteredDelayMs,
  sentinelRetryStrategy: jitteredDelayMs,
  reconnectOnError: expect.any(Function),
  keyPrefix: '',
  lazyConnect: false,
  replyMapping: 'legacy',
  sentinelCommandTimeout: 1_000,
  stringNumbers: false,
  readOnly: false,
  disableClientInfo: false,
  disconnectTimeout: 100,
};

describe('the settings of a connection', () => {
  it('to one Redis are these and no others', () => {
    expect(clientSettings(TIMES)).toStrictEqual(CLIENT);
  });

  it('to a Cluster are these and no others, and those of one Redis for each node, when it is needed', () => {
    const { retryStrategy, ...settings } = CLIENT;
    expect(clusterSettings(TIMES)).toStrictEqual({
      clusterRetryStrategy: retryStrategy,
      enableOfflineQueue: false,
      enableAutoPipelining: false,
      scaleReads: 'master',
      maxRedirections: 4,
      retryDelayOnFailover: 0,
      retryDelayOnClusterDown: 0,
      slotsRefreshInterval: 5_000,
      keyPrefix: '',
      lazyConnect: false,
      redisOptions: { ...settings, lazyConnect: true },
    });
  });

  it.each([
    [300, undefined, 1_000],
    [2_500, undefined, 2_500],
    [2_500, 400, 400],
  ])('give a connection, with %s ms for a command and %s of its own, %s ms', (commands, own, expected) => {
    const times = { commandTimeoutMs: commands, ...(own === undefined ? {} : { connectTimeoutMs: own }) };
    expect(clientSettings(times)).toMatchObject({
      connectTimeout: expected,
      commandTimeout: commands,
      socketTimeout: commands * 2,
    });
  });

  it.each([
    ["READONLY You can't write against a read only replica.", true],
    ['LOADING Redis is loading the dataset in memory', true],
    ['NOSCRIPT No matching script. Please use EVAL.', false],
    ['NOPERM this user has no permissions; READONLY is not what it says', false],
    ['READONLYISH', false],
  ])('ask for a new connection on "%s": %s', (message, expected) => {
    // Never 2: ioredis would send the refused command again by itself.
    expect(clientSettings(TIMES).reconnectOnError(new Error(message))).toBe(expected);
    expect(clusterSettings(TIMES).redisOptions.reconnectOnError(new Error(message))).toBe(expected);
  });
});

describe('the pause before the next attempt to connect', () => {
  const random = jest.spyOn(Math, 'random');
  afterAll(() => random.mockRestore());

  it.each([
    [1, 100],
    [2, 200],
    [5, 1_600],
    [6, 2_000],
    [10, 2_000],
    [10_000, 2_000],
  ])('after attempt %s is anything up to %s ms, evenly', (attempt, longestMs) => {
    const pauseAt = (share: number) => {
      random.mockReturnValueOnce(share);
      return jitteredDelayMs(attempt);
    };
    expect(pauseAt(0)).toBe(0);
    expect(pauseAt(0.25)).toBe(longestMs / 4);
    expect(pauseAt(0.5)).toBe(longestMs / 2);
    expect(pauseAt(1 - Number.EPSILON)).toBe(longestMs);
  });
});
