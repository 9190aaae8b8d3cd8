/** The flags of the command line, read into the settings they stand for. Decides which flags there are. */
import { parseArgs } from 'node:util';
import { SettingProblem, type SettingName } from './app.settings';

export const USAGE = `Usage: node dist/main.js [--autostart <exchange>] [--standby]

  --autostart <exchange>  start this exchange at once (the same as AUTOSTART)
  --standby               wait for it while another instance holds it (the same as STANDBY=on)
  --help                  show this

Everything else is set in the environment; see docs/settings.md.`;

export interface Flags {
  readonly help: boolean;
  /** The text each given flag sets, with the flag's own name. */
  readonly given: ReadonlyMap<SettingName, { readonly flag: string; readonly value: string }>;
}

/** Reads every argument; pushes what is wrong with each. */
export function readFlags(args: readonly string[], problems: SettingProblem[]): Flags {
  const { tokens } = parseArgs({
    args: [...args],
    strict: false,
    allowPositionals: true,
    tokens: true,
    options: { autostart: { type: 'string' }, standby: { type: 'boolean' }, help: { type: 'boolean' } },
  });
  const given = new Map<SettingName, { flag: string; value: string }>();
  let help = false;
  const refuse = (name: string, problem: string) => void problems.push(new SettingProblem(name, problem));
  for (const token of tokens) {
    if (token.kind === 'positional') {
      refuse(
        JSON.stringify(token.value),
        'is not a flag; known are --autostart <exchange>, --standby, --help',
      );
    } else if (token.kind === 'option') {
      if (token.rawName === '--autostart') {
        const value = token.value ?? '';
        if (value === '' || (!token.inlineValue && value.startsWith('-'))) {
          refuse(
            '--autostart',
            'needs the name of an exchange: --autostart <exchange>, or --autostart=<exchange>',
          );
        } else if (given.has('AUTOSTART')) {
          refuse('--autostart', 'was given more than once; an instance owns one exchange');
        } else {
          given.set('AUTOSTART', { flag: '--autostart', value });
        }
      } else if (token.rawName === '--standby') {
        if (token.value !== undefined) refuse('--standby', 'takes no value');
        else given.set('STANDBY', { flag: '--standby', value: 'on' });
      } else if (token.rawName === '--help' && token.value === undefined) {
        help = true;
      } else {
        refuse(token.rawName, 'is not a known flag; known are --autostart <exchange>, --standby, --help');
      }
    }
  }
  return { help, given };
}
