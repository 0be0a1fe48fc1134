import type { RecordedRequest } from '../../simulator/records';
import { numberOf, type Rig } from './rig';

/** The promise: each of the first `n` contacts was called exactly once, and nobody else was. */
export function expectEachCalledOnce(rig: Rig, n: number): void {
  expect(numbersDialled(rig)).toEqual(Array.from({ length: n }, (_, i) => numberOf(i)));
}

export function expectNobodyCalled(rig: Rig): void {
  expect(rig.simulator.dials()).toEqual([]);
}

export function numbersDialled(rig: Rig): string[] {
  return rig.simulator
    .dials()
    .map((dial) => dial.number)
    .sort();
}

export function requestsTo(rig: Rig, endpoint: RecordedRequest['endpoint']): RecordedRequest[] {
  return rig.simulator.requests.filter((request) => request.endpoint === endpoint);
}

/** Batches for which Bolna has taken a start. */
export function scheduledBatches(rig: Rig): string[] {
  const taken = requestsTo(rig, 'schedule').filter((request) => request.worked);
  return [...new Set(taken.map((request) => request.batchId ?? ''))];
}

/** Batches that still stand at Bolna, by their status. */
export function standingBatches(rig: Rig): string[] {
  return rig.simulator
    .batches()
    .filter((batch) => !batch.deleted)
    .map((batch) => batch.status);
}
