/** Preloaded with `node --require`: lets Node run the sources and tests of this project without a build. */
const { readFileSync } = require('node:fs');
const { transformSync } = require('@swc/core');

/** @typedef {{ _compile(code: string, filename: string): void }} Compilable */

/** @type {(module: NodeModule, filename: string) => void} */
const compile = (module, filename) => {
  const { code } = transformSync(readFileSync(filename, 'utf8'), {
    filename,
    jsc: {
      parser: { syntax: 'typescript', decorators: true },
      transform: { legacyDecorator: true, decoratorMetadata: true },
      target: 'es2022',
      keepClassNames: true,
    },
    module: { type: 'commonjs' },
    sourceMaps: false,
  });
  const compilable = /** @type {Compilable} */ (/** @type {unknown} */ (module));
  // The one way Node 20 offers; its name is Node's.
  // oxlint-disable-next-line no-underscore-dangle
  compilable._compile(code, filename);
};

require.extensions['.ts'] = compile;
