import { readSetting, type SettingProblem } from '../../src/app.settings';

describe('SIMULATOR_URL', () => {
  it.each(['http://127.0.0.1:4100/#', 'http://127.0.0.1:4100#feed'])('is refused with a #: %s', (url) => {
    const problems: SettingProblem[] = [];
    readSetting('SIMULATOR_URL', url, problems);
    expect(problems.map(({ line }) => line)).toEqual([
      `SIMULATOR_URL: "${url}" is not an address that begins with http:// or https:// and has no "#"`,
    ]);
  });

  it('may have a path', () => {
    const problems: SettingProblem[] = [];
    expect(readSetting('SIMULATOR_URL', 'https://example.org/simulator/', problems)).toBe(
      'https://example.org/simulator/',
    );
    expect(problems).toEqual([]);
  });
});
