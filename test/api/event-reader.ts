/** A reader of the event stream, as a browser is one. */
import { waitFor } from '../support/wait-for';
import type { ApiApp } from './api-app';
import { VIEWER_TOKEN } from './http-app';

export interface StreamEvent {
  readonly id: string;
  readonly event: string;
  readonly data: Record<string, unknown>;
}

export class EventReader {
  readonly events: StreamEvent[] = [];
  readonly ended: Promise<void>;
  readonly #abort = new AbortController();

  private constructor(response: Response) {
    this.ended = this.#read(response).catch(() => undefined);
  }

  static async open(api: ApiApp, lastEventId?: string): Promise<EventReader> {
    const headers = {
      authorization: `Bearer ${VIEWER_TOKEN}`,
      ...(lastEventId === undefined ? {} : { 'last-event-id': lastEventId }),
    };
    const response = await fetch(`${api.url}/network/events`, { headers });
    expect(response.headers.get('content-type')).toMatch(/^text\/event-stream/);
    return new EventReader(response);
  }

  /** The activity types seen so far. */
  get types(): unknown[] {
    return this.events.filter(({ event }) => event === 'activity').map(({ data }) => data.type);
  }

  get ids(): unknown[] {
    return this.events.filter(({ event }) => event === 'activity').map(({ data }) => data.id);
  }

  /** How an exchange stood, each time it was told. */
  views(name: string): Record<string, unknown>[] {
    return this.events
      .filter(({ event, data }) => event === 'exchange' && data.name === name)
      .map(({ data }) => data);
  }

  sees(type: string): Promise<unknown> {
    return waitFor(() => this.types.includes(type), { describe: `an activity ${type}` });
  }

  close(): Promise<void> {
    this.#abort.abort();
    return this.ended;
  }

  async #read(response: Response): Promise<void> {
    const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
    this.#abort.signal.addEventListener('abort', () => void reader.cancel());
    let rest = '';
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return;
      const frames = (rest + value).split('\n\n');
      rest = frames.pop()!;
      for (const frame of frames) this.#take(frame);
    }
  }

  #take(frame: string): void {
    const fields = Object.fromEntries(frame.split('\n').map((line) => line.split(/: (.*)/s).slice(0, 2)));
    if (fields.data === undefined) return;
    this.events.push({ id: fields.id, event: fields.event, data: JSON.parse(fields.data) });
  }
}
