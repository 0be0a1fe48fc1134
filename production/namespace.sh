#!/bin/sh
# Creates the namespace TEMPORAL_NAMESPACE on the server at TEMPORAL_ADDRESS, or gives it this RETENTION where it is there; and the
# search attributes of campaigns in it.
set -eu

# Tries a command once a second, for a minute; then ends with a sentence, and what the command said last.
patiently() {
  sentence=$1
  shift
  patience=60
  until said=$("$@" 2>&1); do
    patience=$((patience - 1))
    if [ "$patience" -eq 0 ]; then
      echo "$sentence $said" >&2
      exit 1
    fi
    sleep 1
  done
}

# The server's port opens a moment before it answers.
patiently "No Temporal server answers at $TEMPORAL_ADDRESS." temporal operator cluster health

if temporal operator namespace describe --namespace "$TEMPORAL_NAMESPACE" >/dev/null 2>&1; then
  temporal operator namespace update --namespace "$TEMPORAL_NAMESPACE" --retention "$RETENTION"
else
  temporal operator namespace create --namespace "$TEMPORAL_NAMESPACE" --retention "$RETENTION"
fi

# As bolna-campaigns setup does: those that are there already stay as they are. A new namespace is known everywhere after seconds.
patiently "The search attributes could not be made in namespace $TEMPORAL_NAMESPACE." \
  temporal operator search-attribute create --namespace "$TEMPORAL_NAMESPACE" \
  --name CampaignState --type Keyword --name BolnaAgentId --type Keyword --name BolnaBatchId --type Keyword \
  --name CampaignStart --type Datetime --name CampaignRows --type Int --name CampaignSettled --type Int \
  --name CampaignNeedsAttention --type Keyword
