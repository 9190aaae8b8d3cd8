/**
 * What Stryker leaves alone, because no test of this project should, or can, tell the difference:
 *
 * - the words of a log line. That there is a line, and when, stays subject to mutation;
 * - the names of failpoints, which test/promises and test/chaos go by;
 * - `{ once: true }` for a listener of `abort`, which a signal dispatches once.
 */

/** @param {any} callee A Babel path. */
function isLoggerMethod({ node }) {
  return node.type === 'MemberExpression' && node.object?.property?.id?.name === 'logger';
}

/** @param {any} callee */
function isFailpoint({ node }) {
  return node.type === 'Identifier' && node.name === 'failpoint';
}

/** All of them listen for `abort`. @param {any} callee */
function isListening({ node }) {
  return node.property?.name === 'addEventListener';
}

const ignorer = {
  /** @param {any} path A Babel path. */
  shouldIgnore(path) {
    const call = path.parentPath;
    if (!/^(Optional)?CallExpression$/.test(call?.node.type) || path.listKey !== 'arguments')
      return undefined;
    const callee = call.get('callee');
    if (isLoggerMethod(callee)) return 'words of a log line';
    if (isFailpoint(callee)) return 'name of a failpoint';
    if (path.key === 2 && isListening(callee)) return 'a signal is aborted once';
    return undefined;
  },
};

export const strykerPlugins = [{ kind: 'Ignore', name: 'indifferent', value: ignorer }];
