/** Builds a Redis server from source with the `redis-memory-server` package. Needs the internet, make and a compiler. */
import { join } from 'node:path';
import { runTool } from '../processes/run-tool.mjs';
import { BUILD_FOLDER } from './find.mjs';

const PROGRAM = `
const RedisBinary = require('redis-memory-server/lib/util/RedisBinary');
RedisBinary.default.getPath({ downloadDir: process.argv[1], version: 'stable' }).then(console.log, (error) => {
  console.error(error.message);
  process.exit(1);
});`;

/**
 * Resolves when `findRedisServer` will find it; rejects with what went wrong.
 *
 * @param {{ root: string, logFile?: string, tell: (text: string) => void }} context
 */
export async function compileRedisServer({ root, logFile, tell }) {
  tell('building redis-server from source (a few minutes)');
  await runTool(process.execPath, ['-e', PROGRAM, join(root, BUILD_FOLDER)], { cwd: root, logFile, tell });
}
