/** One instance as its operator uses it: each call waits for its effect, and a refusal fails the test. */
import type { ApiProcess } from '../support/api-process';
import type { HttpAnswer } from '../support/http-client';
import { waitFor } from '../support/wait-for';

export interface RunnerView {
  readonly instanceId: string;
  readonly connectionState: string;
  readonly standby: boolean;
  readonly fencingToken: number | null;
  readonly lastError: string | null;
}

export class OperatedApi {
  constructor(readonly process: ApiProcess) {}

  async status(): Promise<RunnerView> {
    const { body } = await this.process.get('/control/status');
    return (body as { status: RunnerView }).status;
  }

  /** Tries until Redis answers again and the exchange may be claimed. */
  async startAndReadToken(): Promise<number> {
    await waitFor(
      async () => (await this.process.post('/control/start', { exchange: 'simulator' })).status === 202,
      { intervalMs: 400, describe: 'the start to be taken' },
    );
    const { fencingToken } = await this.status();
    if (fencingToken === null) throw new Error('started, but holds no token');
    await this.process.waitForState('active');
    return fencingToken;
  }

  stop(): Promise<HttpAnswer> {
    return this.done('/control/stop');
  }

  pause(): Promise<HttpAnswer> {
    return this.done('/control/pause');
  }

  resume(): Promise<HttpAnswer> {
    return this.done('/control/resume');
  }

  /** Takes the exchange from this instance and waits until it has noticed. */
  async revoke({ holderIsDead }: { holderIsDead: boolean }): Promise<HttpAnswer> {
    const body = { reason: 'a test', holderIsDead };
    const answer = await this.done('/network/exchanges/simulator/revoke', body);
    await this.process.waitForState('idle');
    return answer;
  }

  private async done(path: string, body: unknown = {}): Promise<HttpAnswer> {
    const answer = await this.process.post(path, body);
    if (answer.status !== 200) throw new Error(`POST ${path} answered ${answer.status} ${answer.text}`);
    return answer;
  }
}

export function operate(process: ApiProcess): OperatedApi {
  return new OperatedApi(process);
}
