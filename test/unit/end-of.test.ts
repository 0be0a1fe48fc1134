import { endOf } from '../../workflows/end-of';
import { batchesOfResults } from '../../workflows/ends';
import { type BatchEnd, type CampaignState, newState } from '../../workflows/state';

const reasonOf = (state: Partial<CampaignState>) => {
  const { mayStillCall, unsettledReason } = endOf({ ...newState(0), ...state });
  return [mayStillCall, unsettledReason];
};
const scheduled = { scheduled: true };

test.each<[string, Partial<CampaignState>, unknown[]]>([
  [
    'this ID was run with other contacts',
    { failure: 'refused', failureType: 'OtherContacts', otherBatch: 'b1' },
    [true, 'this campaign ID was run with other contacts (batch b1): this person may have been called'],
  ],
  [
    'it was, as an earlier worker says without the batch',
    { failure: 'refused', failureType: 'OtherContacts' },
    [true, 'this campaign ID was run with other contacts: this person may have been called'],
  ],
  [
    'the batch is lost',
    { ...scheduled, failure: 'lost', failureType: 'BatchLost' },
    [true, 'Bolna no longer knows the batch: this person may have been called'],
  ],
  [
    'the results were not collected',
    { ...scheduled, failure: 'down', collected: false },
    [true, 'the results of the calls were not collected: this person may have been called'],
  ],
  ['calls may still come', { ...scheduled, collected: true, failure: 'down' }, [true, undefined]],
  ['nobody was called', { failure: 'no agent', failureType: 'BolnaNotFound' }, [false, undefined]],
])('says why rows without a call are unsettled where %s', (_, state, expected) => {
  expect(reasonOf(state)).toEqual(expected);
});

test('rows of batches that were not begun may have been called by the earlier run, too', () => {
  const refused = { status: 'failed', errorType: 'OtherContacts', mayStillCall: true, unsettledReason: 'run before' };
  const state = { ...newState(0), ends: [refused as BatchEnd, null] };
  expect(batchesOfResults(state, 'not begun')?.[1]).toMatchObject({
    mayStillCall: true,
    unsettledReason: 'run before',
  });
  const other = { ...refused, errorType: 'BolnaRefused' } as BatchEnd;
  expect(batchesOfResults({ ...state, ends: [other, null] }, 'not begun')?.[1]).toMatchObject({ mayStillCall: false });
});
