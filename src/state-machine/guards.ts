/** What may be done in a state. Pure questions; the answers follow from the table. */
import { TRANSITIONS, type ConnectionState } from './connection-state';

export const OPERATOR_COMMANDS = ['start', 'stop', 'pause', 'resume'] as const;
export type OperatorCommand = (typeof OPERATOR_COMMANDS)[number];

interface Pausable {
  readonly state: ConnectionState;
  readonly isPaused: boolean;
}

export function canTransition(from: ConnectionState, to: ConnectionState): boolean {
  return TRANSITIONS[from].includes(to);
}

/** Only live work can rest: before `active` there is nothing to keep still. */
export function canPause({ state, isPaused }: Pausable): boolean {
  return state === 'active' && !isPaused;
}

export function canResume({ state, isPaused }: Pausable): boolean {
  return state === 'active' && isPaused;
}

/** The commands an operator may give now. */
export function allowedCommands(snapshot: Pausable): OperatorCommand[] {
  const allowed: Record<OperatorCommand, boolean> = {
    start: canTransition(snapshot.state, 'starting'),
    stop: canTransition(snapshot.state, 'stopping'),
    pause: canPause(snapshot),
    resume: canResume(snapshot),
  };
  return OPERATOR_COMMANDS.filter((command) => allowed[command]);
}
