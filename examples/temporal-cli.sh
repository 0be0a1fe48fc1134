#!/bin/sh
# Starts a campaign with nothing but Temporal's own command line, and waits for its result.
#
#   BOLNA_AGENT_ID=… TEMPORAL_ADDRESS=… ./temporal-cli.sh morning-2026-06-23 file:///srv/campaigns/leads.csv
#
# The CSV is in the storage that the workers know as CAMPAIGN_DATA (file:// or s3://): so its numbers stay out of Temporal's
# history. A second start with the same ID is refused while the campaign runs and after it has ended well.
set -eu
id=${1:?campaign ID} uri=${2:?address of the CSV}

temporal workflow start --type campaignWorkflow --task-queue "${CAMPAIGN_TASK_QUEUE:-bolna-campaigns}" \
  --workflow-id "$id" --id-reuse-policy AllowDuplicateFailedOnly --fail-existing \
  --input "{\"agentId\":\"${BOLNA_AGENT_ID:?}\",\"contacts\":{\"uri\":\"$uri\"}}"

temporal workflow query --workflow-id "$id" --type progress
# To stop it: temporal workflow signal --workflow-id "$id" --name stop --input '{"reason":"wrong list","by":"Ines"}'
temporal workflow result --workflow-id "$id"
