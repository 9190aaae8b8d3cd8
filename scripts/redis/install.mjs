/** Installs a Redis server with the system's package manager. Only the program is wanted, not the service. */
import { install } from '../processes/install.mjs';

const REDIS = {
  name: 'redis-server',
  packages: { 'apt-get': ['redis-server'], dnf: ['redis'], apk: ['redis'], brew: ['redis'] },
  service: 'redis-server',
};

/** @param {Parameters<typeof install>[1]} context */
export const installRedisServer = (context) => install(REDIS, context);
