/** The dashboard: a page that the daemon serves, of files that lie beside it. */
import { render } from 'preact'
import { App } from './app.js'
import { greet, session } from './session.js'
import './style/base.css'
import './style/shell.css'
import './style/parts.css'
import './style/views.css'
import './style/devices.css'
import { after } from './clock.js'

render(<App />, document.body)

/** Until the daemon has said who this is. */
async function begin(): Promise<void> {
  await greet()
  if (session.peek() === undefined) after(1_500, () => void begin())
}
void begin()
