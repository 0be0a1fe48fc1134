import { type CampaignStorage, readText } from './storage';

/** Where the first, the second … change of a record is kept. */
export type ChangeFile = (change: number) => string;

/** How a record stands: the number of its latest change, and what that one says; 0 where there never was any. */
export interface Standing {
  change: number;
  text: string | undefined;
}

/**
 * How a record stands that several attempts, on several machines, may change. Each change is a file of its own, which only
 * one can claim: an attempt that was frozen, or a request that was long on its way, changes nothing that has changed since.
 */
export async function readStanding(storage: CampaignStorage, fileOf: ChangeFile): Promise<Standing> {
  const change = await latest(async (n) => (await storage.size(fileOf(n))) !== undefined);
  return { change, text: change === 0 ? undefined : await readText(storage, fileOf(change)) };
}

/** What all changes of a record say, from the first to the latest. For records that change a few times and no more. */
export async function readChanges(storage: CampaignStorage, fileOf: ChangeFile): Promise<string[]> {
  const count = await latest(async (n) => (await storage.size(fileOf(n))) !== undefined);
  return Promise.all(Array.from({ length: count }, (_, at) => readText(storage, fileOf(at + 1))));
}

/**
 * Makes the next change.
 * @param text unlike that of any other change
 * @returns whether it stands: false where somebody else has made another one first
 */
export async function claimChange(
  storage: CampaignStorage,
  fileOf: ChangeFile,
  { change }: Pick<Standing, 'change'>,
  text: string,
): Promise<boolean> {
  return (await storage.claim(fileOf(change + 1), text)) === text;
}

/** The highest number that is there, where all below it are too. Most records change once or twice; a few, hundreds of times. */
async function latest(isThere: (n: number) => Promise<boolean>): Promise<number> {
  let missing = 1;
  while (await isThere(missing)) missing *= 2;
  let there = Math.floor(missing / 2);
  while (missing - there > 1) {
    const middle = Math.floor((there + missing) / 2);
    if (await isThere(middle)) there = middle;
    else missing = middle;
  }
  return there;
}
