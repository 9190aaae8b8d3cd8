/** Every route of the application, as its controllers declare it. */
import { Injectable, RequestMethod, type OnModuleInit } from '@nestjs/common';
import { DiscoveryService, MetadataScanner, Reflector } from '@nestjs/core';
import type { Access } from './access.decorator';
import { accessOf } from './bearer.guard';

export interface Route {
  readonly method: string;
  /** With parameters as `:name`. */
  readonly path: string;
  readonly access: Access;
}

@Injectable()
export class RouteTable implements OnModuleInit {
  #routes: readonly (Route & { readonly pattern: RegExp })[] = [];

  constructor(
    private readonly discovery: DiscoveryService,
    private readonly scanner: MetadataScanner,
    private readonly reflector: Reflector,
  ) {}

  get routes(): readonly Route[] {
    return this.#routes;
  }

  onModuleInit(): void {
    this.#routes = this.discovery.getControllers().flatMap(({ metatype }) => {
      if (typeof metatype !== 'function') return [];
      return this.scanner
        .getAllMethodNames(metatype.prototype as object)
        .flatMap((name) => this.#routeOf(metatype, name));
    });
  }

  /** The methods a path knows; none when there is no such path. */
  methodsOf(path: string): string[] {
    const methods = this.#routes.filter(({ pattern }) => pattern.test(path)).map(({ method }) => method);
    return [...new Set(methods.flatMap((method) => (method === 'GET' ? ['GET', 'HEAD'] : [method])))];
  }

  #routeOf(controller: NonNullable<unknown> & { prototype: unknown }, name: string) {
    const handler: unknown = Reflect.get(controller.prototype as object, name);
    if (typeof handler !== 'function') return [];
    const method: unknown = Reflect.getMetadata('method', handler);
    if (typeof method !== 'number') return [];
    const paths = [Reflect.getMetadata('path', handler) as string | string[]].flat();
    const prefix = String(Reflect.getMetadata('path', controller) ?? '');
    return paths.map((path) => {
      const whole = `/${[prefix, path]
        .flatMap((part) => part.split('/'))
        .filter(Boolean)
        .join('/')}`;
      const pattern = new RegExp(`^${whole.replace(/:[^/]+/g, '[^/]+')}/?$`, 'i');
      const access = accessOf(this.reflector, handler, controller as never);
      return { method: RequestMethod[method]!, path: whole, access, pattern };
    });
  }
}
