import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { ExchangeTakenError } from 'nestjs-exchange-registry';
import { AppModule } from './app.module';

const SIGNALS = ['SIGTERM', 'SIGINT'] as const;

async function main(): Promise<void> {
  // The exchange is claimed while the context is made: a signal must not kill the process before Nest listens to it.
  const early: NodeJS.Signals[] = [];
  const remember = (signal: NodeJS.Signals) => void early.push(signal);
  for (const signal of SIGNALS) process.on(signal, remember);
  const app = await NestFactory.createApplicationContext(AppModule, { abortOnError: false });
  app.enableShutdownHooks(); // from here on SIGTERM and SIGINT stop the work and give the exchange back
  for (const signal of SIGNALS) process.off(signal, remember);
  if (early[0] !== undefined) process.kill(process.pid, early[0]);
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(error instanceof ExchangeTakenError ? 75 : 1);
});
