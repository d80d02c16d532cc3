/**
 * What a test leaves behind it, in reverse order: pages before their browser, browsers before the server. All of it is
 * done even when a part fails, so that no process outlives its test.
 */

const stacks = new WeakMap();

/**
 * @param {import("node:test").TestContext} t
 * @param {() => unknown} act
 */
export function atEnd(t, act) {
  let stack = stacks.get(t);
  if (!stack) {
    stacks.set(t, (stack = []));
    t.after(async () => {
      const errors = [];
      for (let next; (next = stack.pop());) {
        try {
          await next();
        } catch (error) {
          errors.push(error);
        }
      }
      if (errors.length === 1) throw errors[0];
      if (errors.length > 1)
        throw new AggregateError(errors, errors.map((error) => error.message).join("\n"));
    });
  }
  stack.push(act);
}
