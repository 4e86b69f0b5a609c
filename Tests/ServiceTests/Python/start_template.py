"""Starts document-processing with its input alone and prints the result: ADDRESS ID TENANT TEXT; exits with 3 when it fails."""

import asyncio
import base64
import json
import os
import sys

from temporalio.client import Client, WorkflowFailureError
from temporalio.common import SearchAttributeKey, SearchAttributePair, TypedSearchAttributes


async def main(address: str, workflow_id: str, tenant: str, text: str) -> int:
    client = await Client.connect(address, namespace="workflow-service")
    document = {"content_base64": base64.b64encode(text.encode()).decode(), "media_type": "text/plain"}
    pairs = [SearchAttributePair(SearchAttributeKey.for_keyword("TenantId"), tenant)] if tenant else []
    try:
        result = await client.execute_workflow(
            "document-processing", {"document": document}, id=workflow_id, task_queue="workflows",
            search_attributes=TypedSearchAttributes(pairs),
        )
    except WorkflowFailureError as error:
        print(error.cause)
        return 3
    print(json.dumps(result))
    return 0


status = asyncio.run(main(*sys.argv[1:]))
sys.stdout.flush()
# The SDK's own threads may crash the interpreter while it unloads.
os._exit(status)
