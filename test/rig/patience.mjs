/** How many times longer something may take on this machine than on the host: an emulated one says so to its programs. */
export const patience = Number(process.env.RIG_PATIENCE ?? 1)
