import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { ExchangeTakenError } from 'nestjs-exchange-registry';
import { AppModule } from './app.module';

async function main(): Promise<void> {
  const app = await NestFactory.createApplicationContext(AppModule, { abortOnError: false });
  app.enableShutdownHooks(); // SIGTERM and SIGINT stop the work and give the exchange back
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(error instanceof ExchangeTakenError ? 75 : 1);
});
