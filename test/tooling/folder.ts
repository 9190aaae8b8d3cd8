/** A folder for each test, and files and programs in it. */
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

export class Folder {
  root = '';

  /** Resolves with the path of the file. */
  readonly put = async (path: string, text: string): Promise<string> => {
    const full = join(this.root, path);
    await mkdir(dirname(full), { recursive: true });
    await writeFile(full, text);
    return full;
  };

  readonly putProgram = async (path: string, body = 'exit 0'): Promise<string> => {
    const full = await this.put(path, `#!/bin/sh\n${body}\n`);
    await chmod(full, 0o755);
    return full;
  };
}

export function useFolder(): Folder {
  const folder = new Folder();
  beforeEach(async () => {
    folder.root = await mkdtemp(join(tmpdir(), 'set-up-'));
  });
  afterEach(() => rm(folder.root, { recursive: true, force: true }));
  return folder;
}
