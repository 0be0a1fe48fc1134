/**
 * Claims the same files as other processes do at the same time, with the product as it is compiled, and prints what it was
 * told. Then gives up a file before it has read any of it, and has nothing more to do.
 *
 *   node claimant.js <name> <everybody's names, with commas> <files>
 */
const { join } = require('node:path');

const product = (file) => require(join(process.env.TEST_BUILD, file));
const { openStorage } = product('storage/open-storage.js');

async function main([name, names, files]) {
  const storage = await openStorage(process.env.CAMPAIGN_DATA);
  await storage.write(`here/${name}`, name);
  for (const other of names.split(',')) while ((await storage.size(`here/${other}`)) === undefined);
  const told = [];
  for (let file = 0; file < Number(files); file++) {
    const claims = Array.from({ length: 5 }, (_, i) => storage.claim(`claims/${file}`, `${name} ${i}`));
    told.push(...(await Promise.all(claims)));
  }
  console.log(JSON.stringify(told));
  await storage.write('large', Buffer.alloc(4_000_000).toString('latin1'));
  const reader = await storage.read('large');
  reader.destroy();
}

void main(process.argv.slice(2));
