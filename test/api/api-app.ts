/** The whole API in this process, on a real socket, its claims in a world in memory that several of them can share, or in a Redis. */
import type { NestExpressApplication } from '@nestjs/platform-express';
import { catalogueFor, createApp, startApp } from '../../src/app.boot';
import { loadConfig } from '../../src/app.config';
import { LogContext, rootLogger } from '../../src/app.logging';
import { SystemClock } from '../../src/clock';
import { RequestedExit } from '../../src/process-exit';
import { MemoryStore } from '../../src/registry/memory';
import { memoryAdapters } from '../../src/registry/memory/memory-adapters';
import { CONTROL_TOKEN, VIEWER_TOKEN, callApi, type Answer, type Call } from './http-app';
import { waitFor } from '../support/wait-for';

export interface ApiApp {
  readonly app: NestExpressApplication;
  readonly url: string;
  readonly exit: RequestedExit;
  /** Every finished log line. */
  readonly lines: string[];
  call(path: string, call?: Call): Promise<Answer>;
  /** Waits until this instance is in the state. */
  reach(state: string): Promise<void>;
  close(): Promise<void>;
}

export interface ApiAppOptions {
  /** One of its own unless given; `null`: the Redis that `env` names. */
  readonly world?: MemoryStore | null;
  readonly env?: Readonly<Record<string, string>>;
  readonly args?: readonly string[];
}

export function newWorld(): MemoryStore {
  return new MemoryStore(new SystemClock());
}

export async function startApiApp({
  world = newWorld(),
  env = {},
  args = [],
}: ApiAppOptions = {}): Promise<ApiApp> {
  const config = loadConfig(
    { REDIS_URL: 'redis://127.0.0.1:1', PORT: '0', PUBLIC_IP: 'off', CONTROL_TOKEN, VIEWER_TOKEN, ...env },
    args,
  );
  const lines: string[] = [];
  const logContext = new LogContext();
  const exit = new RequestedExit();
  const logger = rootLogger(config.logLevel, config.secrets, logContext, {
    write: (line: string) => void lines.push(line),
  });
  const app = await createApp({
    config,
    appVersion: '1.2.3',
    catalogue: catalogueFor(config),
    processExit: exit,
    logger,
    logContext,
    adapters: world === null ? undefined : memoryAdapters(world),
  });
  const url = await startApp(app, config);
  const call = (path: string, what?: Call) => callApi(url, path, what);
  return {
    app,
    url,
    exit,
    lines,
    call,
    reach: async (state) => {
      await waitFor(
        async () => {
          const { json } = await call('/control/status');
          return (json.status as { connectionState: string }).connectionState === state;
        },
        { describe: `the state ${state}` },
      );
    },
    close: () => app.close(),
  };
}
