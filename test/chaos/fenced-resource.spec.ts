import { connect } from 'node:net';
import { waitFor } from '../support/wait-for';
import { FencedResource, type FencedResourceOptions } from './fenced-resource';

/** What is found when these lines come, in this order. */
async function after(lines: readonly string[], options?: FencedResourceOptions): Promise<FencedResource> {
  const resource = new FencedResource(options);
  const socket = connect(await resource.listen(), '127.0.0.1');
  let answers = '';
  socket.setEncoding('utf8').on('data', (chunk: string) => void (answers += chunk));
  // The last one is answered once all before it have been taken.
  socket.write([...lines, 'seal 0'].map((line) => `${line}\n`).join(''));
  const seals = lines.filter((line) => line.startsWith('seal ')).length + 1;
  await waitFor(() => answers.length === seals);
  socket.destroy();
  await resource.close();
  return resource;
}

const TURNS = [
  'seal 7',
  'begin 7 a',
  'write 7 a',
  'active 7 a',
  'seal 8',
  'begin 8 b',
  'write 7 a',
  'active 8 b',
  'write 8 b',
];

describe('the fenced resource', () => {
  it('accepts holders that follow each other, and refuses what an older one writes late', async () => {
    expect(await after([...TURNS, 'write 7 a'])).toMatchObject({ findings: [], accepted: 2, refused: 2 });
  });

  it('keeps a log of what it did with each word', async () => {
    const { log } = await after(TURNS);
    expect(log.map(({ what, token }) => `${what} ${token}`)).toEqual([
      'sealed 7',
      'accepted 7',
      'active 7',
      'sealed 8',
      'refused 7',
      'active 8',
      'accepted 8',
      'sealed 0',
    ]);
  });

  it('finds an older token that is accepted after a newer one', async () => {
    const { findings } = await after(['write 8 b', 'write 7 a'], { compares: false });
    expect(findings).toEqual([expect.stringMatching(/^fencing: the resource accepted token 7 after 8 \(at/)]);
  });

  it('finds an older token that is accepted after a newer one has sealed it', async () => {
    expect((await after(['seal 8', 'write 7 a'], { compares: false })).findings).toHaveLength(1);
  });

  it('finds an older token that is accepted after a newer one is active, although that has not written yet', async () => {
    const { findings } = await after(['seal 8', 'active 8 b', 'write 7 a'], { seals: false });
    expect(findings).toEqual([expect.stringMatching(/accepted token 7 after 8 was active/)]);
  });

  it('finds two claims with one token', async () => {
    expect((await after(['begin 7 a', 'begin 7 b'])).findings).toHaveLength(1);
    expect((await after(['write 7 a', 'write 7 b'])).findings).toEqual([
      expect.stringMatching(/^fencing: token 7 came from claim a and from claim b/),
    ]);
  });
});
