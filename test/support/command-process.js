/**
 * Carries out commands of the compiled product one after another, each as its process would: with its own environment and folder, and
 * with what it says and its exit code handed back.
 */
const { join } = require('node:path');

const { carryOut } = require(join(process.env.TEST_BUILD, 'client/carry-out.js'));

process.on('message', async ({ args, env, cwd }) => {
  for (const name of Object.keys(process.env)) delete process.env[name];
  Object.assign(process.env, env);
  process.chdir(cwd);
  process.exitCode = undefined;
  const said = { stdout: collect(process.stdout), stderr: collect(process.stderr) };
  await carryOut([process.execPath, 'bolna-campaigns', ...args]);
  const [stdout, stderr] = [said.stdout.end(), said.stderr.end()];
  await forgetRuntime();
  process.send({ code: process.exitCode ?? 0, stdout, stderr });
});

/** Keeps what is written to a stream, until that is asked for. */
function collect(stream) {
  const { write } = stream;
  const chunks = [];
  stream.write = (chunk, encoding, done) => {
    const isText = typeof chunk === 'string';
    chunks.push(isText ? Buffer.from(chunk, typeof encoding === 'string' ? encoding : 'utf8') : chunk);
    const written = typeof encoding === 'function' ? encoding : done;
    if (written) process.nextTick(written);
    return true;
  };
  const end = () => {
    stream.write = write;
    return Buffer.concat(chunks).toString();
  };
  return { end };
}

/** The SDK's runtime is set up once a process, and each command sets up its own. */
async function forgetRuntime() {
  const loaded = require.cache[require.resolve('@temporalio/worker')];
  await loaded?.exports.Runtime._instance?.shutdown();
}
