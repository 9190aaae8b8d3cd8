/** A small application on a real socket, set up as main.ts sets up the API, and a client for it. */
import type { DynamicModule, Type } from '@nestjs/common';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { NestFactory } from '@nestjs/core';
import { HttpModule } from '../../src/http/http.module';
import { setUpHttp } from '../../src/http/http.setup';

export const CONTROL_TOKEN = 'operator-token-for-tests';
export const VIEWER_TOKEN = 'viewer-token-for-tests';

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly json: Record<string, unknown>;
}

export interface Call {
  readonly method?: string;
  readonly token?: string | null;
  /** Sent as JSON, or as it is when it is a string. */
  readonly body?: unknown;
  readonly headers?: Record<string, string>;
}

export interface HttpApp {
  readonly app: NestExpressApplication;
  readonly url: string;
  /** As operator unless another token is given; `token: null` sends none. */
  call(path: string, call?: Call): Promise<Answer>;
  close(): Promise<void>;
}

export async function startHttpApp(
  parts: { imports?: (DynamicModule | Type)[]; controllers?: Type[] } = {},
): Promise<HttpApp> {
  class TestModule {}
  const root: DynamicModule = {
    module: TestModule,
    imports: [
      HttpModule.forRoot({ controlToken: CONTROL_TOKEN, viewerToken: VIEWER_TOKEN }),
      ...(parts.imports ?? []),
    ],
    controllers: parts.controllers ?? [],
  };
  const app = await NestFactory.create<NestExpressApplication>(root, {
    bodyParser: false,
    logger: false,
    abortOnError: false,
    forceCloseConnections: true,
  });
  setUpHttp(app);
  await app.listen(0, '127.0.0.1');
  const url = await app.getUrl();
  return { app, url, call: (path, call) => callApi(url, path, call), close: () => app.close() };
}

export async function callApi(url: string, path: string, call: Call = {}): Promise<Answer> {
  const { token = CONTROL_TOKEN, body } = call;
  const response = await fetch(`${url}${path}`, {
    method: call.method ?? (body === undefined ? 'GET' : 'POST'),
    headers: {
      ...(token === null ? {} : { authorization: `Bearer ${token}` }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...call.headers,
    },
    body: body === undefined ? undefined : typeof body === 'string' ? body : JSON.stringify(body),
  });
  const text = await response.text();
  return { status: response.status, headers: response.headers, text, json: parsed(text) };
}

function parsed(text: string): Record<string, unknown> {
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch {
    return {};
  }
}
