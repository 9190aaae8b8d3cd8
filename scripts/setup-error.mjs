/** Exit codes of the scripts, as the API uses them (sysexits.h). */
export const EXIT = { usage: 64, unavailable: 69, internal: 70 };

/** Thrown when set-up cannot go on. The message says what to do; it is all the user needs to see. */
export class SetupError extends Error {
  /**
   * @param {string} message
   * @param {number} exitCode
   */
  constructor(message, exitCode) {
    super(message);
    this.name = 'SetupError';
    this.exitCode = exitCode;
  }
}
