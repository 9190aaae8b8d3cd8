/**
 * Reads the names of Redis commands from the bytes a client sends. Anything that is not RESP is passed over.
 */
export class RespCommandReader {
  private pending = Buffer.alloc(0);

  /** Takes the next bytes of the stream; returns the commands completed by them, each as its arguments. */
  push(chunk: Buffer): string[][] {
    this.pending = Buffer.concat([this.pending, chunk]);
    const commands: string[][] = [];
    for (;;) {
      const parsed = parseCommand(this.pending);
      if (parsed === undefined) return commands;
      this.pending = this.pending.subarray(parsed.length);
      commands.push(parsed.args);
    }
  }
}

function parseCommand(bytes: Buffer): { args: string[]; length: number } | undefined {
  const head = readLine(bytes, 0);
  if (head === undefined) return undefined;
  if (!head.text.startsWith('*')) return { args: [], length: bytes.length };
  const args: string[] = [];
  let at = head.end;
  for (let left = Number(head.text.slice(1)); left > 0; left -= 1) {
    const size = readLine(bytes, at);
    if (size === undefined) return undefined;
    const end = size.end + Number(size.text.slice(1));
    if (bytes.length < end + 2) return undefined;
    args.push(bytes.toString('utf8', size.end, end));
    at = end + 2;
  }
  return { args, length: at };
}

function readLine(bytes: Buffer, from: number): { text: string; end: number } | undefined {
  const end = bytes.indexOf('\r\n', from);
  return end === -1 ? undefined : { text: bytes.toString('latin1', from, end), end: end + 2 };
}
