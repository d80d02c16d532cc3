/** Runs a script with what tests have: things to be done at its end, whatever happens. */

export async function script(run) {
  const hooks = [];
  try {
    await run({ after: (act) => hooks.push(act), diagnostic: console.log });
  } finally {
    for (const act of hooks.reverse()) await act();
  }
}
