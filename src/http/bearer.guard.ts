/** Lets a request through when its bearer token gives the role its route asks for. Closed where nothing is said. */
import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { IncomingMessage } from 'node:http';
import { ACCESS_METADATA, Role, type Access, type AuthenticatedRequest } from './access.decorator';
import { AccessTokens } from './access-tokens';
import { ForbiddenError, UnauthenticatedError } from './http.errors';

@Injectable()
export class BearerGuard implements CanActivate {
  constructor(
    private readonly reflector: Reflector,
    private readonly tokens: AccessTokens,
  ) {}

  canActivate(context: ExecutionContext): boolean {
    const access = accessOf(this.reflector, context.getHandler(), context.getClass());
    if (access === 'open') return true;
    const request = context.switchToHttp().getRequest<IncomingMessage & AuthenticatedRequest>();
    const given = request.headersDistinct.authorization ?? [];
    // Of two, a proxy in front may have looked at the other one.
    if (given.length > 1) throw new UnauthenticatedError('invalid');
    const presented = /^Bearer +([\x21-\x7e]+) *$/i.exec(given[0] ?? '')?.[1];
    if (presented === undefined) throw new UnauthenticatedError('missing');
    const role = this.tokens.roleOf(presented);
    if (role === null) throw new UnauthenticatedError('invalid');
    if (access === Role.Operator && role !== Role.Operator) throw new ForbiddenError(role);
    request.role = role;
    return true;
  }
}

/** What a route asks for: its own word, else its controller's, else the strictest. */
export function accessOf(
  reflector: Reflector,
  handler: Parameters<Reflector['get']>[1],
  controller: Parameters<Reflector['get']>[1],
): Access {
  return (
    reflector.getAllAndOverride<Access | undefined>(ACCESS_METADATA, [handler, controller]) ?? Role.Operator
  );
}
