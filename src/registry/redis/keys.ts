/**
 * The names of everything kept in Redis. Nothing else in the project spells a key.
 *
 * The braces make every key of one exchange hash to the slot of its literal status key, so that one script may
 * touch them all on Redis Cluster.
 */
import { checkedDataName } from '../data-name';

/** An exchange, and the instance that does something about its claim. */
interface ClaimedBy {
  readonly exchangeId: number;
  readonly instanceId: string;
}

export const keys = {
  /** The holder's status; its existence is the claim. */
  status: (exchangeId: number) => `exchange:${exchangeId}:status`,
  /** The memory of the last claim; never expires. */
  fence: (exchangeId: number) => tagged(exchangeId, 'fence'),
  activity: (exchangeId: number) => tagged(exchangeId, 'activity'),
  commands: (exchangeId: number) => tagged(exchangeId, 'commands'),
  /** Who took one command; of short life. */
  taken: (exchangeId: number, queueId: string) => tagged(exchangeId, `taken:${queueId}`),
  /** How far the events of one instance have got into the activity stream. */
  journal: (exchangeId: number, instanceId: string) => tagged(exchangeId, `journal:${instanceId}`),
  /** Data of a workload. Throws a `RangeError` for a name the registry keeps for itself. */
  data: (exchangeId: number, name: string) => tagged(exchangeId, checkedDataName(name)),
  /** What the predecessor of this system left behind; in another slot on Cluster. */
  legacyStatus: (exchangeId: number) => `exchange:status:${exchangeId}`,
};

/** Those of every script that changes a claim and says so in the log, in the order of its KEYS. */
export function claimKeys({ exchangeId, instanceId }: ClaimedBy): string[] {
  return [
    keys.status(exchangeId),
    keys.fence(exchangeId),
    keys.activity(exchangeId),
    keys.journal(exchangeId, instanceId),
  ];
}

function tagged(exchangeId: number, name: string): string {
  return `{exchange:${exchangeId}:status}:${name}`;
}
