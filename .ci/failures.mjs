/** Of a report of vitest: how many tests passed and failed, and to a file what each that failed said. */
import { appendFileSync, readFileSync } from 'node:fs'

const LINES = 40
const [report = '', failures = ''] = process.argv.slice(2)
const { numPassedTests, numFailedTests, testResults } = JSON.parse(readFileSync(report, 'utf8'))

const head = (text) => text.split('\n').slice(0, LINES).join('\n')
for (const { name, message, assertionResults } of testResults) {
  const failed = assertionResults.filter(({ status }) => status === 'failed')
  const told = failed.map(
    ({ fullName, failureMessages }) => `\n--- ${name}: ${fullName}\n${head(failureMessages.join('\n'))}\n`,
  )
  // A file that could not be read has no tests at all.
  if (told.length === 0 && message) told.push(`\n--- ${name}\n${head(message)}\n`)
  appendFileSync(failures, told.join(''))
}
console.log(numPassedTests, numFailedTests)
