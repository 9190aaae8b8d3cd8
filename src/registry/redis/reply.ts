/** Reads a script's reply, a flat array of strings, item by item; whatever else arrives is an `UnexpectedReplyError`. */
import { readStatus } from '../exchange-status';
import type { HolderView } from '../lease-store';
import { UnexpectedReplyError } from './store-failure';

export class Reply {
  private constructor(private readonly items: readonly string[]) {}

  /** Checks the form, and that the reply answers this very request: a cancelled command can shift replies. */
  static to(echo: string, raw: unknown): Reply {
    if (!Array.isArray(raw) || !raw.every((item): item is string => typeof item === 'string')) {
      throw new UnexpectedReplyError('not an array of strings');
    }
    if (raw[0] !== echo) throw new UnexpectedReplyError('it answers another request');
    return new Reply(raw);
  }

  text(index: number): string {
    const item = this.items[index];
    if (item === undefined) throw new UnexpectedReplyError(`nothing at position ${index}`);
    return item;
  }

  /** A whole number, 0 or greater, exact. */
  number(index: number): number {
    const text = this.text(index);
    const value = Number(text);
    if (!/^\d+$/.test(text) || !Number.isSafeInteger(value)) {
      throw new UnexpectedReplyError(`no whole number at position ${index}`);
    }
    return value;
  }

  /** The same; empty text is `null`. */
  numberOrNull(index: number): number | null {
    return this.text(index) === '' ? null : this.number(index);
  }

  /** The view at `index`: kind, payload, milliseconds left. `null` when nothing is under the key. */
  holder(index: number): HolderView | null {
    const kind = this.text(index);
    const payload = this.text(index + 1);
    const expiresInMs = this.number(index + 2);
    if (kind === 'none') return null;
    if (kind === 'text') return { reading: readStatus(payload), expiresInMs };
    const problem =
      kind === 'huge' ? `a value of ${payload} bytes` : `a value of type ${payload}, not a string`;
    return { reading: { kind: 'garbage', problem }, expiresInMs };
  }

  /** The same where something must be there. */
  holderPresent(index: number): HolderView {
    const holder = this.holder(index);
    if (holder === null) throw new UnexpectedReplyError(`no holder at position ${index}`);
    return holder;
  }

  unexpected(): never {
    throw new UnexpectedReplyError(`no such outcome: ${this.items[1]?.slice(0, 40)}`);
  }
}
