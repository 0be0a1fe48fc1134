/**
 * Maps a sequence in its order, several of its items at once.
 * @param limit how many, at most; the sequence is read no further ahead
 */
export async function* ahead<T, R>(
  source: AsyncIterable<T>,
  limit: number,
  map: (item: T) => Promise<R>,
): AsyncGenerator<R, void, undefined> {
  const underWay: Promise<R>[] = [];
  for await (const item of source) {
    const mapped = map(item);
    // Told when its turn comes; without this it would bring the process down before.
    mapped.catch(() => undefined);
    underWay.push(mapped);
    if (underWay.length < limit) continue;
    const first = underWay.shift();
    if (first) yield await first;
  }
  for (const mapped of underWay) yield await mapped;
}
