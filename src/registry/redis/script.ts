/**
 * Lua scripts and how they are called: a file, and a typed description of what goes in and comes out.
 *
 * Decides EVALSHA first, and EVAL once when Redis does not know the script. A script may have been executed
 * although its reply was lost; that is for the caller to handle.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RedisArgument, RedisLike } from './redis-like';
import { Reply } from './reply';

export interface ScriptDescriptor<Request, Outcome> {
  /** The file in scripts/, without `.lua`. */
  readonly name: string;
  keys(request: Request): readonly string[];
  /** The first argument is echoed as the first item of the reply. */
  argv(request: Request): readonly RedisArgument[];
  parse(reply: Reply, request: Request): Outcome;
}

export interface Script<Request, Outcome> extends ScriptDescriptor<Request, Outcome> {
  readonly source: string;
  readonly sha: string;
}

const readScript = (name: string) => readFileSync(join(__dirname, 'scripts', `${name}.lua`), 'utf8');

export function defineScript<Request, Outcome>(
  descriptor: ScriptDescriptor<Request, Outcome>,
): Script<Request, Outcome> {
  const source = `${readScript('_prelude')}\n${readScript(descriptor.name)}`;
  return { ...descriptor, source, sha: createHash('sha1').update(source).digest('hex') };
}

/** One call, one round trip. Rejects with the client's error or an `UnexpectedReplyError`. */
export async function callScript<Request, Outcome>(
  client: RedisLike,
  script: Script<Request, Outcome>,
  request: Request,
): Promise<Outcome> {
  const args = scriptArguments(script, request);
  let raw: unknown;
  try {
    raw = await client.call('evalsha', script.sha, ...args);
  } catch (error) {
    if (!isNoScript(error)) throw error;
    raw = await client.call('eval', script.source, ...args);
  }
  return readReply(script, request, raw);
}

/** Number of keys, keys, arguments: what follows the script in EVAL and EVALSHA. */
export function scriptArguments<Request>(
  script: ScriptDescriptor<Request, unknown>,
  request: Request,
): RedisArgument[] {
  const keys = script.keys(request);
  return [keys.length, ...keys, ...script.argv(request)];
}

export function readReply<Request, Outcome>(
  script: ScriptDescriptor<Request, Outcome>,
  request: Request,
  raw: unknown,
): Outcome {
  return script.parse(Reply.to(String(script.argv(request)[0]), raw), request);
}

export function isNoScript(thrown: unknown): boolean {
  return thrown instanceof Error && thrown.message.startsWith('NOSCRIPT');
}
