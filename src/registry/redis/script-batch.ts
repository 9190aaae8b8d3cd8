/**
 * Many calls of one script in few round trips: pipelines on one Redis; on Cluster, where the exchanges live on
 * different nodes, single calls sent at once.
 *
 * Decides nothing about the outcomes: each request gets its own, or its own error.
 */
import type { RedisLike } from './redis-like';
import { callScript, isNoScript, readReply, scriptArguments, type Script } from './script';
import { UnexpectedReplyError } from './store-failure';

/** Calls per pipeline: keeps a single write, and the pause of Redis for others, short. */
const CHUNK = 200;

export async function callScriptForEach<Request, Outcome>(
  client: RedisLike,
  script: Script<Request, Outcome>,
  requests: readonly Request[],
): Promise<PromiseSettledResult<Outcome>[]> {
  if (client.isCluster === true || requests.length === 1) {
    return Promise.allSettled(requests.map((request) => callScript(client, script, request)));
  }
  const chunks: (readonly Request[])[] = [];
  for (let at = 0; at < requests.length; at += CHUNK) chunks.push(requests.slice(at, at + CHUNK));
  const settled = await Promise.all(chunks.map((chunk) => callChunk(client, script, chunk)));
  return settled.flat();
}

async function callChunk<Request, Outcome>(
  client: RedisLike,
  script: Script<Request, Outcome>,
  requests: readonly Request[],
): Promise<PromiseSettledResult<Outcome>[]> {
  const settled = await sendChunk(client, script, requests, false);
  const unknownScript = requests.filter((_, at) => isNoScript(reasonOf(settled[at])));
  if (unknownScript.length === 0) return settled;
  const repeated = (await sendChunk(client, script, unknownScript, true)).values();
  return settled.map((result) => (isNoScript(reasonOf(result)) ? (repeated.next().value ?? result) : result));
}

/** `withSource`: the first call brings the script, the others of the same pipeline find it there. */
async function sendChunk<Request, Outcome>(
  client: RedisLike,
  script: Script<Request, Outcome>,
  requests: readonly Request[],
  withSource: boolean,
): Promise<PromiseSettledResult<Outcome>[]> {
  const pipeline = client.pipeline();
  requests.forEach((request, at) => {
    const args = scriptArguments(script, request);
    if (withSource && at === 0) pipeline.call('eval', script.source, ...args);
    else pipeline.call('evalsha', script.sha, ...args);
  });
  let replies: [Error | null, unknown][] | null;
  try {
    replies = await pipeline.exec();
  } catch (reason) {
    return requests.map(() => ({ status: 'rejected', reason }));
  }
  return requests.map((request, at) => {
    const [error, raw] = replies?.[at] ?? [new UnexpectedReplyError('no reply'), undefined];
    if (error !== null) return { status: 'rejected', reason: error };
    try {
      return { status: 'fulfilled', value: readReply(script, request, raw) };
    } catch (reason) {
      return { status: 'rejected', reason };
    }
  });
}

function reasonOf(result: PromiseSettledResult<unknown> | undefined): unknown {
  return result?.status === 'rejected' ? result.reason : undefined;
}
