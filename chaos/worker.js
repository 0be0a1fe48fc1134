/**
 * The product's own compiled `worker` at the simulator's speed (test/support/crash-worker.js), with two things in the
 * harness's hand: what its storage does, and what its clock says. Both come as orders (see orders.ts), at the start in the
 * environment and later as messages.
 */
const { join, resolve } = require('node:path');
const { Readable } = require('node:stream');
const { setTimeout: delay } = require('node:timers/promises');

let orders = JSON.parse(process.env.CHAOS_ORDERS);
process.on('message', (message) => {
  orders = message;
});
// The harness is gone, in whatever way: nobody else would end this worker.
process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'));
process.channel.unref();

/**
 * The clock is wrong for the product only, and only once its worker works: Temporal's native part keeps the true time, and
 * would take the deadline of the first connection for long past.
 */
const realNow = Date.now;
let works = false;
Date.now = () => realNow() + (works ? orders.clockMs : 0);
const write = process.stderr.write.bind(process.stderr);
process.stderr.write = (text, ...rest) => {
  works ||= String(text).includes('Worker on task queue');
  return write(text, ...rest);
};

const { LocalStorage } = require(join(process.env.TEST_BUILD, 'storage/local.js'));
/** How often an order's files were touched, by its ID. */
const touched = new Map();

for (const method of ['read', 'write', 'claim', 'size', 'delete']) {
  const real = LocalStorage.prototype[method];
  LocalStorage.prototype[method] = function (path, ...rest) {
    const work = (first) => real.call(this, path, ...(first === undefined ? rest : [first, ...rest.slice(1)]));
    const order = orders.storage.find((each) => isDue(each, method, path));
    return order === undefined ? work() : obey(order, method, work, rest[0]);
  };
}

function isDue({ id, methods, file, skip, times }, method, path) {
  if (!methods.includes(method) || !new RegExp(file).test(path)) return false;
  const count = (touched.get(id) ?? 0) + 1;
  touched.set(id, count);
  return count > skip && count <= skip + times;
}

async function obey(order, method, work, content) {
  await new Promise((told) => process.send({ obeyed: order.id }, told));
  switch (order.deed) {
    case 'fail':
      throw failure(order.code);
    case 'fail-after':
      await work();
      throw failure(order.code);
    case 'fail-midway':
      if (method === 'write') return work(Readable.from(halfOf(content, order.code)));
      if (method === 'read') return Readable.from(halfOf(await work(), order.code));
      throw failure(order.code);
    case 'slow':
      await delay(order.ms);
      return work();
    case 'signal-before':
      process.kill(process.pid, order.signal);
      return work();
    case 'signal-after': {
      const outcome = await work();
      process.kill(process.pid, order.signal);
      return outcome;
    }
  }
  throw new Error(`There is no deed ${order.deed}.`);
}

async function* halfOf(content, code) {
  const whole = typeof content === 'string' ? [Buffer.from(content)] : content;
  for await (const chunk of whole) {
    yield chunk.subarray(0, Math.ceil(chunk.length / 2));
    break;
  }
  throw failure(code);
}

/** As the system words it. */
function failure(code) {
  return Object.assign(new Error(`${code}: injected by the harness`), { code });
}

require(resolve('test/support/crash-worker.js'));
