/** Answers every error, of whatever origin, with a problem document; logs those nobody expected. */
import { Catch, HttpException, Logger, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { MethodNotAllowedError } from './http.errors';
import { PROBLEM_CODE, problemOf } from './problem';
import { RouteTable } from './route-table';

@Catch()
export class ProblemFilter implements ExceptionFilter {
  private readonly logger = new Logger(ProblemFilter.name);

  constructor(
    private readonly host: HttpAdapterHost,
    private readonly routes: RouteTable,
  ) {}

  catch(thrown: unknown, context: ArgumentsHost): void {
    const { httpAdapter } = this.host;
    const request: unknown = context.switchToHttp().getRequest();
    const response: unknown = context.switchToHttp().getResponse();
    const method = String(httpAdapter.getRequestMethod(request));
    const path = String(httpAdapter.getRequestUrl(request)).split('?')[0]!;
    const { body, headers, unexpected } = problemOf(this.#refined(thrown, method, path), path);
    if (unexpected) {
      this.logger.error(`${method} ${path} failed`, thrown instanceof Error ? thrown.stack : String(thrown));
    }
    Reflect.set(response as object, PROBLEM_CODE, body.code);
    if (httpAdapter.isHeadersSent(response)) return void httpAdapter.end(response);
    for (const [name, value] of Object.entries(headers)) httpAdapter.setHeader(response, name, value);
    httpAdapter.setHeader(response, 'Content-Type', 'application/problem+json');
    httpAdapter.reply(response, JSON.stringify(body), body.status);
  }

  /** The router calls it "not found" when a path exists with another method. */
  #refined(thrown: unknown, method: string, path: string): unknown {
    if (!(thrown instanceof HttpException) || thrown.getStatus() !== 404) return thrown;
    const allowed = this.routes.methodsOf(path);
    return allowed.length > 0 && !allowed.includes(method)
      ? new MethodNotAllowedError(method, allowed)
      : thrown;
  }
}
