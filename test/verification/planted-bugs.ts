/**
 * The faults that the proof has to find: those of the predecessor (P1 to P5), and the classical ones of leases.
 *
 * Each layer plants them in its own way, where only tests can reach; `npm run verify` fails when a fault is found by no layer.
 */
export const PLANTED_BUGS = {
  'deadline-from-reply': 'the deadline is counted from the reply, not from the sending',
  'blind-renewal': 'a renewal asks nobody, and revives a key that is gone (P1, P2)',
  'status-without-ttl': 'a status written onto an expired key never expires (P3)',
  'blind-release': 'a release deletes whatever is there (P4)',
  'same-host-is-same-instance': 'an instance of the same hostname is taken for the same one (P5)',
  'release-before-stop': 'the claim is given back before the work has ended',
  'no-fence': 'a resource that is written to does not compare tokens',
  'no-fence-in-redis': 'the guard in front of the data in Redis does not compare tokens',
  'no-seal': 'a new holder does not seal what it writes to before it counts as active',
  'no-grace': 'a Redis that lost its data grants claims at once',
  'grace-too-short':
    'a Redis that lost its data grants claims before the forgotten holder has surely stopped',
  'stop-forgotten': 'a stop that comes while a start is still being decided is forgotten',
  'renewal-after-release': 'a renewal that arrives after the release puts the claim back',
  'late-timer-trusted': 'an act is allowed until the timer of the deadline has fired, however late that is',
  'unanswered-is-logged': 'what was sent to the log counts as written although nobody answered',
} as const;

export type PlantedBugName = keyof typeof PLANTED_BUGS;
