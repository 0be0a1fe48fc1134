/** Campaign IDs are names of folders, parts of addresses and of file names at Bolna. */
const CAMPAIGN_ID = /^(?!\.+$)[A-Za-z0-9._-]{1,120}$/;

/** Whether a text can be the ID of a campaign: 1 to 120 letters, digits, ".", "_" or "-", and not dots alone. */
export function isCampaignId(text: string): boolean {
  return CAMPAIGN_ID.test(text);
}
