/** The Redis user of the API, as docs/redis-acl.md shows it: read from there, so that what is tested is what is promised. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export const ACL_USER = 'exchange-registry';
export const ACL_PASSWORD = 'password-of-the-registry';

/** The whole page. */
export const ACL_PAGE = readFileSync(join(__dirname, '../../docs/redis-acl.md'), 'utf8');

/** The rules of the line, the password filled in: `reset`, `on`, `>…`, `~exchange:*:status`, `+get`, … */
export function documentedRules(): string[] {
  const line = /^ACL SETUSER exchange-registry (?<rules>.+)$/m.exec(ACL_PAGE)?.groups?.rules;
  if (line === undefined) throw new Error('docs/redis-acl.md has no line ACL SETUSER exchange-registry');
  return line.split(' ').map((rule) => rule.replace('>PASSWORD', `>${ACL_PASSWORD}`));
}

/** What the line gives: patterns of keys and commands. */
export function documentedRights(): string[] {
  return documentedRules().filter((rule) => /^[~+]/.test(rule));
}

/** Whether the servers of this test run give the API that user, and no more: `npm run test:acl`. */
export const everyServerHasAcl = process.env.REDIS_ACL === 'documented';
