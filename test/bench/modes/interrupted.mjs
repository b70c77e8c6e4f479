const forever = () => new Promise(() => {})

/** One task, killed in the middle of its run. */
export async function interruptedFill({ open, killMe }) {
  let started = () => {}
  const start = new Promise((resolve) => {
    started = resolve
  })
  const driver = await open(() => {
    started()
    return forever()
  })
  await driver.addOne({ i: 0, m: 'hello from the porch camera' })
  await start
  await killMe({})
}

/** A new process: from the call that starts the system to the second run of that task. */
export async function interruptedStart({ open, capMs }) {
  const fromMs = performance.now()
  let started = () => {}
  const again = new Promise((resolve) => {
    started = resolve
  })
  const opened = open(() => {
    started(performance.now() - fromMs)
    return null
  })
  const tooLate = setTimeout(() => started(Number.NaN), capMs)
  const againMs = await again
  clearTimeout(tooLate)
  await opened
  return { againMs }
}
