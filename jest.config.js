// Nest 12 and friends are ES modules only, which jest cannot require() on Node 20: they are compiled with the sources.
const esmOnly = [
  '@nestjs',
  'nestjs-pino',
  'trading-signals',
  'file-type',
  'strtok3',
  'token-types',
  'uint8array-extras',
  '@tokenizer',
  '@borewit',
  'load-esm',
];

/** @type {import('jest').Config} */
module.exports = {
  testEnvironment: 'node',
  roots: ['<rootDir>/src', '<rootDir>/test'],
  testMatch: ['**/*.spec.ts'],
  transform: {
    '^.+\\.(t|j|mj)s$': [
      '@swc/jest',
      {
        jsc: {
          parser: { syntax: 'typescript', decorators: true },
          transform: { legacyDecorator: true, decoratorMetadata: true },
          target: 'es2022',
          keepClassNames: true,
        },
        module: { type: 'commonjs' },
      },
    ],
  },
  transformIgnorePatterns: [`/node_modules/(?!(${esmOnly.join('|')})/)`],
  testTimeout: 30_000,
  // A worker that has run hundreds of files exits at once, and then needs about a second to give back its memory, which
  // jest's own half second takes for a leak. One that still has a timer or a connection never exits.
  workerGracefulExitTimeout: 10_000,
};
