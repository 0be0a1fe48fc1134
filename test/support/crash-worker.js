/**
 * The product's own command `worker`, compiled, with nothing changed but the speed of its clockwork: Bolna's rules about time
 * and the lead are divided by CRASH_SPEED, as the simulator's are. Everything else comes from the environment as usual.
 */
const { join } = require('node:path');

const product = (file) => require(join(process.env.TEST_BUILD, file));
const speed = Number(process.env.CRASH_SPEED);

const startTime = product('bolna/start-time.js');
const { bolnaRules } = startTime;
startTime.bolnaRules = () => bolnaRules(speed);

const config = product('worker/config.js');
const { readConfig } = config;
config.readConfig = (env) => {
  const read = readConfig(env);
  return { ...read, bolna: { ...read.bolna, leadMs: read.bolna.leadMs / speed } };
};

process.argv = [...process.argv.slice(0, 2), 'worker', ...process.argv.slice(2)];
product('client/cli.js');
