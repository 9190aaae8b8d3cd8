/** Checks a body, a query or a path parameter against its schema; what passes has the schema's type. */
import { Injectable, type ArgumentMetadata, type PipeTransform } from '@nestjs/common';
import type { z } from 'zod';
import { InvalidRequestError } from './http.errors';

const PARTS: Readonly<Record<ArgumentMetadata['type'], string>> = {
  body: 'body',
  query: 'query',
  param: 'path',
  custom: 'request',
};

@Injectable()
export class ZodPipe<T> implements PipeTransform<unknown, T> {
  constructor(private readonly schema: z.ZodType<T>) {}

  /** Throws `InvalidRequestError`. A body that is absent counts as an empty object. */
  transform(value: unknown, { type, data }: ArgumentMetadata): T {
    const parsed = this.schema.safeParse(value === undefined && type === 'body' ? {} : value);
    if (parsed.success) return parsed.data;
    const problems = parsed.error.issues.slice(0, 20).map((issue) => ({
      field: [...(data === undefined ? [] : [data]), ...issue.path].map(String).join('.'),
      problem: issue.message,
    }));
    throw new InvalidRequestError(PARTS[type], problems);
  }
}
