/** A path that the global set-up has put into the environment. */
export function prepared(name: 'TEST_BUILD' | 'TEST_WORKFLOW_BUNDLE' | 'TEST_SERVER_PATH' | 'TEST_CLI_PATH'): string {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set: run the tests through jest, which prepares it.`);
  return value;
}
