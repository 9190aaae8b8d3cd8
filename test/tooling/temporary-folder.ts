/** A folder for each test of a file, removed afterwards. */
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

export function temporaryFolder() {
  let root = '';
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'set-up-'));
  });
  afterEach(() => rm(root, { recursive: true, force: true }));

  async function put(path: string, text: string): Promise<string> {
    const full = join(root, path);
    await mkdir(dirname(full), { recursive: true });
    await writeFile(full, text);
    return full;
  }

  async function putProgram(path: string, body = 'exit 0'): Promise<string> {
    const full = await put(path, `#!/bin/sh\n${body}\n`);
    await chmod(full, 0o755);
    return full;
  }

  return {
    get root() {
      return root;
    },
    put,
    putProgram,
  };
}
