/**
 * Builds the API and brings it up: everything between settings and a listening socket.
 *
 * Decides the order: the address is tried before anything is claimed, pre-flight and autostart come with Nest's
 * bootstrap, requests last.
 */
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { InvalidConfigurationError, type AppConfig } from './app.config';
import { AddressUnavailableError } from './app.errors';
import { AppLogger, requestLog } from './app.logging';
import { AppModule, type AppParts } from './app.module';
import { SettingProblem } from './app.settings';
import type { Catalogue } from './exchange/catalogue';
import { UnknownExchangeError } from './exchange/catalogue.errors';
import { loadCatalogue } from './exchange/catalogue.loader';
import { setUpHttp } from './http/http.setup';

/** The catalogue the settings name, in which an exchange to start must be. */
export function catalogueFor({ exchangesFile, autostart, autostartGivenAs }: AppConfig): Catalogue {
  const catalogue = loadCatalogue(exchangesFile ?? undefined);
  try {
    if (autostart !== null) catalogue.byName(autostart);
  } catch (error) {
    if (!(error instanceof UnknownExchangeError)) throw error;
    throw new InvalidConfigurationError([new SettingProblem(autostartGivenAs, error.message)]);
  }
  return catalogue;
}

/** The application, built but not yet begun. Rejects with `AddressUnavailableError`. */
export async function createApp(parts: AppParts): Promise<NestExpressApplication> {
  await assertAddressFree(parts.config);
  const app = await NestFactory.create<NestExpressApplication>(AppModule.forRoot(parts), {
    logger: new AppLogger(parts.logger),
    abortOnError: false,
    bodyParser: false,
    // An event stream in a browser would keep the server from closing.
    forceCloseConnections: true,
  });
  app.use(requestLog(parts.logger));
  setUpHttp(app);
  return app;
}

/** Begins: pre-flight, autostart, then requests. Resolves to the address. Rejects with what stands in the way. */
export async function startApp(app: NestExpressApplication, { host, port }: AppConfig): Promise<string> {
  await app.init();
  try {
    await app.listen(port, host);
  } catch (cause) {
    throw new AddressUnavailableError(host, port, { cause });
  }
  return app.getUrl();
}

export function readVersion(): string {
  const manifest: unknown = JSON.parse(readFileSync(join(__dirname, '../package.json'), 'utf8'));
  return String(Reflect.get(manifest as object, 'version'));
}

/** Listens for a moment, so that an address in use is found before an exchange is claimed. */
async function assertAddressFree({ host, port }: AppConfig): Promise<void> {
  const probe = createServer();
  try {
    await new Promise<void>((resolve, reject) => {
      probe.once('error', reject);
      probe.listen(port, host, resolve);
    });
  } catch (cause) {
    throw new AddressUnavailableError(host, port, { cause });
  }
  await new Promise((resolve) => probe.close(resolve));
}
