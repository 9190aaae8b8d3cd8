/** Whoever asks for something gets an answer, whatever happens meanwhile; only a process that died owes none. */
import type { SimulatedProcess } from '../simulation/simulated-process';
import type { Verdict } from '../simulation/violation';

interface Question {
  readonly process: SimulatedProcess;
  readonly what: string;
  isAnswered: boolean;
}

export class Answers {
  readonly #questions: Question[] = [];

  constructor(private readonly verdict: Verdict) {}

  /** The answer has to come before the end of the schedule. */
  async expect(process: SimulatedProcess, what: string, answer: Promise<unknown>): Promise<void> {
    const question: Question = { process, what, isAnswered: false };
    this.#questions.push(question);
    await answer;
    question.isAnswered = true;
  }

  /** Everything has been let through: whoever waits now waits for ever. */
  complete(): void {
    for (const { process, what, isAnswered } of this.#questions)
      if (!isAnswered && !process.execution.isDead)
        this.verdict.fail('stuck', `${what} of ${process.name} was never answered`);
  }
}
