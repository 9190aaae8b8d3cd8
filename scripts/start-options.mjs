/** What `npm start` passes on to the API, decided from the user's flags and environment. */

/** Settings that name a Redis of the user's own. */
const REDIS_SETTINGS = ['REDIS_URL', 'REDIS_SENTINELS', 'REDIS_CLUSTER_NODES'];

/** @param {NodeJS.ProcessEnv} env */
export function hasOwnRedis(env) {
  return REDIS_SETTINGS.some((name) => (env[name] ?? '') !== '');
}

/**
 * The API's arguments: the user's own, and `--autostart simulator` unless they name an exchange or ask for help.
 *
 * @param {readonly string[]} args
 * @param {NodeJS.ProcessEnv} env
 * @returns {string[]}
 */
export function apiArguments(args, env) {
  const decided = args.some((arg) => /^--(autostart(=.*)?|help)$/.test(arg)) || (env.AUTOSTART ?? '') !== '';
  return decided ? [...args] : ['--autostart', 'simulator', ...args];
}
