import { useCleanUp, useRedis } from '../support/hooks';
import { brokenValuesContract } from './contract/broken-values.contract';
import { claimContract } from './contract/claim.contract';
import { graceContract } from './contract/grace.contract';
import { clockContract } from './contract/clock.contract';
import { redisTimeContract } from './contract/redis-time.contract';
import { redisWorld, type RedisWorld } from './contract/redis-world';
import { revokeAndFenceContract } from './contract/revoke-fence.contract';
import { renewContract } from './contract/renew.contract';
import { revocationContract } from './contract/revocation.contract';
import { samenessContract } from './contract/sameness.contract';
import { seriesContract } from './contract/series.contract';
import { streamsContract } from './contract/streams.contract';
import { writeAndReleaseContract } from './contract/write-release.contract';

describe('the Redis adapters', () => {
  const redis = useRedis({ shiftsClock: true });
  let world: RedisWorld;
  afterEach(() => world.connection.close());
  useCleanUp();
  beforeEach(async () => {
    world = await redisWorld(redis.current.client(), redis.current.application(), redis.current.shiftedClock);
  });

  claimContract(() => world);
  graceContract(() => world);
  renewContract(() => world);
  writeAndReleaseContract(() => world);
  revokeAndFenceContract(() => world);
  streamsContract(() => world);
  samenessContract(() => world);
  revocationContract(() => world);
  seriesContract(() => world);
  brokenValuesContract(() => world);
  clockContract(() => world);
  redisTimeContract(() => world);
});
