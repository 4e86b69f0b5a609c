"""A gRPC server that misbehaves on demand: what a client meets only on bad days.

faulty_server.py [CERTIFICATE KEY CLIENT_CA]    prints the port; with files it speaks TLS and asks for a client certificate

GetSystemInfo answers with the metadata it was called with, as JSON in `server_version`.
DescribeNamespace reads its behaviour from the name: "CODE:N" fails N times with that status, then succeeds with the
number of calls as the description; "slow" never answers.
UpdateWorkflowExecution reads its behaviour from the update's name: "nothing" answers at once without news, "hollow" tells of
an outcome that it does not give, "CODE:N" fails N times, then it is accepted. PollWorkflowExecutionUpdate has no news twice,
then the number of calls of both as the answer.
"""

import asyncio
import collections
import json
import sys

import grpc
from temporalio.api.workflowservice.v1 import DescribeNamespaceRequest, DescribeNamespaceResponse, GetSystemInfoRequest
from temporalio.api.enums.v1 import UpdateWorkflowExecutionLifecycleStage as Stage
from temporalio.api.workflowservice.v1 import GetSystemInfoResponse, PollWorkflowExecutionUpdateRequest
from temporalio.api.workflowservice.v1 import PollWorkflowExecutionUpdateResponse, UpdateWorkflowExecutionRequest
from temporalio.api.workflowservice.v1 import UpdateWorkflowExecutionResponse

calls = collections.Counter()


async def get_system_info(request, context):
    metadata = {key: value for key, value in context.invocation_metadata()}
    metadata["has-deadline"] = context.time_remaining() is not None
    return GetSystemInfoResponse(server_version=json.dumps(metadata))


async def describe_namespace(request, context):
    calls[request.namespace] += 1
    if request.namespace == "slow":
        await asyncio.sleep(60)
    code, _, count = request.namespace.partition(":")
    if count and calls[request.namespace] <= int(count):
        await context.abort(grpc.StatusCode[code], f"planned {code}")
    response = DescribeNamespaceResponse()
    response.namespace_info.name = request.namespace
    response.namespace_info.description = str(calls[request.namespace])
    return response


async def update(request, context):
    name = request.request.input.name
    calls["updates"] += 1
    response = UpdateWorkflowExecutionResponse()
    if name == "nothing":
        return response
    if name == "hollow":
        response.outcome.SetInParent()
        return response
    code, _, count = name.partition(":")
    if calls["updates"] <= int(count):
        await context.abort(grpc.StatusCode[code], f"planned {code}")
    response.stage = Stage.UPDATE_WORKFLOW_EXECUTION_LIFECYCLE_STAGE_ACCEPTED
    return response


async def poll_update(request, context):
    calls["polls"] += 1
    response = PollWorkflowExecutionUpdateResponse()
    if calls["polls"] > 2:
        answer = response.outcome.success.payloads.add()
        answer.metadata["encoding"] = b"json/plain"
        answer.data = str(calls["updates"] + calls["polls"]).encode()
    return response


def unary(function, request, response):
    return grpc.unary_unary_rpc_method_handler(
        function, request_deserializer=request.FromString, response_serializer=response.SerializeToString
    )


async def main():
    server = grpc.aio.server()
    handlers = {
        "GetSystemInfo": unary(get_system_info, GetSystemInfoRequest, GetSystemInfoResponse),
        "DescribeNamespace": unary(describe_namespace, DescribeNamespaceRequest, DescribeNamespaceResponse),
        "UpdateWorkflowExecution": unary(update, UpdateWorkflowExecutionRequest, UpdateWorkflowExecutionResponse),
        "PollWorkflowExecutionUpdate": unary(
            poll_update, PollWorkflowExecutionUpdateRequest, PollWorkflowExecutionUpdateResponse
        ),
    }
    server.add_generic_rpc_handlers(
        [grpc.method_handlers_generic_handler("temporal.api.workflowservice.v1.WorkflowService", handlers)]
    )
    if len(sys.argv) == 4:
        certificate, key, client_ca = (open(path, "rb").read() for path in sys.argv[1:])
        credentials = grpc.ssl_server_credentials([(key, certificate)], client_ca, require_client_auth=True)
        port = server.add_secure_port("127.0.0.1:0", credentials)
    else:
        port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    print(port, flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    await server.stop(None)


asyncio.run(main())
