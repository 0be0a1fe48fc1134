/** Required before a program (`node --require`): when it ends, the files that it has loaded go to file descriptor 3. */
const { writeSync } = require('node:fs');

process.on('exit', () => {
  const files = Object.keys(require.cache).filter((file) => file !== __filename);
  // An ES module is in no cache that can be read.
  writeSync(3, JSON.stringify(files));
});
