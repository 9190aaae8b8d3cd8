/** Who may call a route. A route that says nothing is for operators only. */
import { SetMetadata, createParamDecorator, type ExecutionContext } from '@nestjs/common';

export const Role = { Operator: 'operator', Viewer: 'viewer' } as const;
export type Role = (typeof Role)[keyof typeof Role];

/** What a route asks for: a role, or nothing at all. */
export type Access = Role | 'open';

export const ACCESS_METADATA = Symbol('ACCESS_METADATA');

/** Anybody may call it, without a token. For health routes only. */
export const Open = () => SetMetadata(ACCESS_METADATA, 'open' satisfies Access);

/** Viewers may call it, and operators. */
export const ForViewers = () => SetMetadata(ACCESS_METADATA, Role.Viewer satisfies Access);

/** Only operators may call it. */
export const ForOperators = () => SetMetadata(ACCESS_METADATA, Role.Operator satisfies Access);

/** A request after the guard has let it through. */
export interface AuthenticatedRequest {
  role?: Role;
}

/** The role of the caller, as the `actor` of what the request causes. */
export const Actor = createParamDecorator((_data: unknown, context: ExecutionContext): string => {
  return context.switchToHttp().getRequest<AuthenticatedRequest>().role ?? 'anonymous';
});
