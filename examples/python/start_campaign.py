"""Starts a campaign from Python and waits for its result; typed again, it waits for the same campaign.

    pip install -r requirements.txt
    BOLNA_AGENT_ID=… TEMPORAL_ADDRESS=… python start_campaign.py morning-2026-06-23 leads.csv
"""

import asyncio
import json
import os
import sys
from pathlib import Path

from temporalio.client import Client
from temporalio.common import WorkflowIDReusePolicy
from temporalio.envconfig import ClientConfig
from temporalio.exceptions import WorkflowAlreadyStartedError


async def main(campaign_id: str, csv: Path) -> None:
    config = {"target_host": "localhost:7233", **ClientConfig.load_client_connect_config()}
    client = await Client.connect(**config)
    try:
        campaign = await client.start_workflow(
            "campaignWorkflow",
            # docs/campaign-input.schema.json says what else there is.
            {"agentId": os.environ["BOLNA_AGENT_ID"], "contacts": {"csv": csv.read_text("utf-8")}},
            id=campaign_id,
            task_queue=os.environ.get("CAMPAIGN_TASK_QUEUE", "bolna-campaigns"),
            # One that has ended well is not run again, whatever happens to this program.
            id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE_FAILED_ONLY,
        )
    except WorkflowAlreadyStartedError:
        campaign = client.get_workflow_handle(campaign_id)
        print(f"Campaign {campaign_id} was there already.", file=sys.stderr)
    progress = await campaign.query("progress")
    print(f"Campaign {campaign_id}: {progress['state']}", file=sys.stderr)
    # A campaign that fails or is canceled raises WorkflowFailureError; its result is then in the memo `result`.
    print(json.dumps(await campaign.result()))


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit("Usage: python start_campaign.py CAMPAIGN_ID CSV")
    asyncio.run(main(sys.argv[1], Path(sys.argv[2])))
    # The SDK's threads may outlive the event loop, and an interpreter that ends around them can abort (temporalio/sdk-python#300).
    sys.stdout.flush()
    os._exit(0)
