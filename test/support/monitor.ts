import { Command, type Redis } from 'ioredis';

/**
 * A client that emits `monitor` for everything the server of `client` is asked from now on, in its order; `disconnect` ends it.
 *
 * Not by the client's own `monitor()`: that knows only a turn after the reply that what follows are no replies, and breaks down when
 * the first of it comes along with the reply.
 */
export async function monitorOf(client: Redis): Promise<Redis> {
  const monitor = client.duplicate({ lazyConnect: true });
  await monitor.connect();
  const command = new Command('monitor', [], { replyEncoding: 'utf8' });
  const transformReply = command.transformReply.bind(command);
  command.transformReply = (reply) => {
    Object.assign(monitor, { status: 'monitoring' });
    return transformReply(reply);
  };
  await monitor.sendCommand(command);
  return monitor;
}
