/**
 * The simulator's own routes, which the exchange does not have: the witness, and the switches of the faults.
 *
 * No fault and no request rate applies to them.
 */
import type { IncomingMessage } from 'node:http';
import { parseFault } from './fault.schema';
import type { FaultPlan } from './fault-plan';
import type { RestAnswer } from './rest-routes';
import type { Witness } from './witness';

const MAX_BODY_BYTES = 64 * 1024;

export class OperatorRoutes {
  constructor(
    private readonly witness: Witness,
    private readonly faults: FaultPlan,
    private readonly products: readonly string[],
  ) {}

  owns(pathname: string): boolean {
    return pathname === '/witness' || pathname === '/faults';
  }

  async answer(pathname: string, request: IncomingMessage): Promise<RestAnswer> {
    const method = request.method ?? 'GET';
    if (pathname === '/witness') {
      return method === 'GET' ? ok(this.witness.report()) : notAllowed('GET');
    }
    switch (method) {
      case 'GET':
        return ok({ faults: this.faults.list() });
      case 'DELETE':
        this.faults.clear();
        return ok({ faults: [] });
      case 'POST':
        return this.switchOn(await readBody(request));
      default:
        return notAllowed('GET, POST, DELETE');
    }
  }

  private switchOn(text: string | undefined): RestAnswer {
    if (text === undefined) {
      return { status: 413, body: { message: `the body is larger than ${MAX_BODY_BYTES} bytes` } };
    }
    let json: unknown;
    try {
      json = JSON.parse(text);
    } catch {
      return refused('body', text.slice(0, 100), 'JSON');
    }
    const parsed = parseFault(json, this.products);
    if (parsed.outcome === 'fault') return { status: 201, body: this.faults.add(parsed.fault) };
    const { field, value, accepted } = parsed.refusal;
    return refused(field, value, accepted);
  }
}

/** The body as text; `undefined` when it is too large. The rest of a large body is read and thrown away. */
async function readBody(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes <= MAX_BODY_BYTES) chunks.push(chunk);
    else chunks.length = 0;
  }
  return bytes > MAX_BODY_BYTES ? undefined : Buffer.concat(chunks).toString('utf8');
}

function ok(body: unknown): RestAnswer {
  return { status: 200, body };
}

function refused(field: string, value: unknown, accepted: string): RestAnswer {
  const shown = (JSON.stringify(value) ?? 'nothing').slice(0, 100);
  return {
    status: 400,
    body: { message: `${field}: got ${shown}, accepted is ${accepted}`, field, value, accepted },
  };
}

function notAllowed(allow: string): RestAnswer {
  return { status: 405, body: { message: `allowed are ${allow}` }, headers: { allow } };
}
