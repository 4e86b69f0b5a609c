"""Regenerates Sources/TemporalProtocol from the protobuf descriptors inside the official `temporalio` wheel.

Usage: generate-protocol.py OUTPUT_FOLDER PLUGIN_FOLDER TABLE_FILE
       generate-protocol.py --samples

Keeps only the RPCs listed below and the messages they reach, strips options and comments, and runs protoc with
`protoc-gen-swift` and `protoc-gen-grpc-swift-2` from PLUGIN_FOLDER. TABLE_FILE becomes a Swift list of all messages, for
the test that reads the samples: with `--samples`, one JSON line for each populated instance of each message, as the
wheel itself encodes it. Needs the packages of scripts/requirements.txt.
"""

import base64
import importlib
import json
import os
import pathlib
import pkgutil
import shutil
import subprocess
import sys
import tempfile

import temporalio.api
from google.protobuf import descriptor_pb2, descriptor_pool, duration_pb2, json_format, message_factory
from google.protobuf.descriptor import FieldDescriptor

WORKFLOW_SERVICE = """
    GetSystemInfo RegisterNamespace DescribeNamespace UpdateNamespace ListNamespaces
    StartWorkflowExecution SignalWithStartWorkflowExecution SignalWorkflowExecution QueryWorkflow
    RequestCancelWorkflowExecution TerminateWorkflowExecution ResetWorkflowExecution DeleteWorkflowExecution
    DescribeWorkflowExecution GetWorkflowExecutionHistory ListWorkflowExecutions CountWorkflowExecutions
    UpdateWorkflowExecution PollWorkflowExecutionUpdate
    PollWorkflowTaskQueue RespondWorkflowTaskCompleted RespondWorkflowTaskFailed RespondQueryTaskCompleted
    ResetStickyTaskQueue ShutdownWorker RecordWorkerHeartbeat DescribeTaskQueue
    PollActivityTaskQueue RecordActivityTaskHeartbeat RecordActivityTaskHeartbeatById
    RespondActivityTaskCompleted RespondActivityTaskCompletedById
    RespondActivityTaskFailed RespondActivityTaskFailedById
    RespondActivityTaskCanceled RespondActivityTaskCanceledById
    PauseActivity UnpauseActivity ResetActivity
    CreateSchedule DescribeSchedule UpdateSchedule PatchSchedule DeleteSchedule ListSchedules
""".split()
OPERATOR_SERVICE = "AddSearchAttributes ListSearchAttributes".split()
KEEP = {
    "temporal.api.workflowservice.v1.WorkflowService": WORKFLOW_SERVICE,
    "temporal.api.operatorservice.v1.OperatorService": OPERATOR_SERVICE,
}
# Messages that travel inside `Any` or as bare bytes, so no RPC reaches them by type.
EXTRA_ROOTS = [
    ".temporal.api.history.v1.History",
    ".temporal.api.update.v1.Request",
    ".temporal.api.update.v1.Acceptance",
    ".temporal.api.update.v1.Rejection",
    ".temporal.api.update.v1.Response",
    ".temporal.api.sdk.v1.WorkflowMetadata",
    ".temporal.api.errordetails.v1.WorkflowExecutionAlreadyStartedFailure",
    ".temporal.api.errordetails.v1.MultiOperationExecutionFailure",
    ".temporal.api.errordetails.v1.ResourceExhaustedFailure",
    ".temporal.api.errordetails.v1.QueryFailedFailure",
    ".temporal.api.errordetails.v1.NamespaceNotFoundFailure",
    ".temporal.api.errordetails.v1.NotFoundFailure",
    ".temporal.api.errordetails.v1.NamespaceAlreadyExistsFailure",
    ".temporal.api.errordetails.v1.CancellationAlreadyRequestedFailure",
]


def load_files():
    """All descriptor files of the wheel and their imports, by name."""
    files = {}

    def add(descriptor):
        if descriptor.name in files:
            return
        for dependency in descriptor.dependencies:
            add(dependency)
        proto = descriptor_pb2.FileDescriptorProto()
        descriptor.CopyToProto(proto)
        files[descriptor.name] = proto

    for module in pkgutil.walk_packages(temporalio.api.__path__, "temporalio.api."):
        if module.name.endswith("_pb2"):
            add(importlib.import_module(module.name).DESCRIPTOR)
    return files


def index_types(files):
    """Full type name → (file name, path of names, descriptor); nested types are indexed too."""
    types = {}

    def visit(file, prefix, message):
        name = f"{prefix}.{message.name}"
        types[name] = (file, message)
        for nested in message.nested_type:
            visit(file, name, nested)
        for enum in message.enum_type:
            types[f"{name}.{enum.name}"] = (file, enum)

    for file in files.values():
        prefix = "." + file.package
        for message in file.message_type:
            visit(file, prefix, message)
        for enum in file.enum_type:
            types[f"{prefix}.{enum.name}"] = (file, enum)
    return types


def reach(types, roots):
    """The top-level types that the roots reach through their fields. A nested type keeps its whole top-level parent."""
    kept, queue = set(), list(roots)
    while queue:
        name = queue.pop()
        file, _ = types[name]
        top = "." + file.package + "." + name[len(file.package) + 2:].split(".")[0]
        if top in kept:
            continue
        kept.add(top)
        pending = [types[top][1]]
        while pending:
            node = pending.pop()
            for field in getattr(node, "field", []):
                if field.type_name:
                    queue.append(field.type_name)
            pending.extend(getattr(node, "nested_type", []))
    return kept


def strip_message(message):
    message.ClearField("options")
    for field in message.field:
        packed = field.options.packed if field.options.HasField("packed") else None
        field.ClearField("options")
        if packed is not None:
            field.options.packed = packed
    for oneof in message.oneof_decl:
        oneof.ClearField("options")
    for enum in message.enum_type:
        strip_enum(enum)
    for nested in message.nested_type:
        entry = nested.options.map_entry
        strip_message(nested)
        if entry:
            nested.options.map_entry = True


def strip_enum(enum):
    alias = enum.options.allow_alias
    enum.ClearField("options")
    if alias:
        enum.options.allow_alias = True
    for value in enum.value:
        value.ClearField("options")


def prune(files, types):
    """The descriptor set that holds what KEEP and EXTRA_ROOTS need, in dependency order."""
    roots = list(EXTRA_ROOTS)
    for file in files.values():
        for service in file.service:
            wanted = KEEP.get(f"{file.package}.{service.name}")
            if wanted is None:
                continue
            methods = {method.name: method for method in service.method}
            for name in wanted:
                roots += [methods[name].input_type, methods[name].output_type]
    kept = reach(types, roots)
    home = {name: file.name for name, (file, _) in types.items()}

    result = descriptor_pb2.FileDescriptorSet()
    done = set()

    def emit(name):
        if name in done:
            return
        done.add(name)
        source = files[name]
        file = descriptor_pb2.FileDescriptorProto()
        file.CopyFrom(source)
        well_known = name.startswith("google/protobuf/")
        needed = set()
        if not well_known:
            for kind in (file.message_type, file.enum_type):
                for item in [i for i in kind if f".{file.package}.{i.name}" not in kept]:
                    kind.remove(item)
            for service in list(file.service):
                wanted = KEEP.get(f"{file.package}.{service.name}")
                if wanted is None:
                    file.service.remove(service)
                    continue
                for method in [m for m in service.method if m.name not in wanted]:
                    service.method.remove(method)
                service.ClearField("options")
                for method in service.method:
                    method.ClearField("options")
                    needed |= {home[method.input_type], home[method.output_type]}
            for message in file.message_type:
                strip_message(message)
                pending = [message]
                while pending:
                    node = pending.pop()
                    needed |= {home[f.type_name] for f in node.field if f.type_name}
                    pending.extend(node.nested_type)
            for enum in file.enum_type:
                strip_enum(enum)
            file.ClearField("options")
            file.ClearField("extension")
            file.ClearField("source_code_info")
            needed.discard(name)
            del file.dependency[:]
            file.dependency.extend(sorted(needed))
            del file.public_dependency[:]
            del file.weak_dependency[:]
        for dependency in file.dependency:
            emit(dependency)
        if well_known or file.message_type or file.enum_type or file.service:
            result.file.append(file)

    for name in sorted(files):
        source = files[name]
        holds = any(f".{source.package}.{m.name}" in kept for m in source.message_type)
        holds |= any(f".{source.package}.{e.name}" in kept for e in source.enum_type)
        holds |= any(f"{source.package}.{s.name}" in KEEP for s in source.service)
        if holds:
            emit(name)
    return result


def message_names(descriptors):
    """(full protobuf name, Swift name) of every message, nested ones included, in order."""
    names = []

    def visit(proto, swift, message):
        if message.options.map_entry:
            return
        names.append((proto, swift))
        for nested in message.nested_type:
            visit(f"{proto}.{nested.name}", f"{swift}.{nested.name}", nested)

    for file in descriptors.file:
        if file.name.startswith("google/protobuf/"):
            continue
        prefix = "".join(part[:1].upper() + part[1:] + "_" for part in file.package.split("."))
        for message in file.message_type:
            visit(f"{file.package}.{message.name}", prefix + message.name, message)
    return sorted(names)


def table(names):
    lines = [
        "// Generated by scripts/generate-protocol.py; do not edit.",
        "import SwiftProtobuf",
        "import TemporalProtocol",
        "",
        "let messageTypes: [any SwiftProtobuf.Message.Type] = [",
        *[f"    {swift}.self," for _, swift in names],
        "]",
    ]
    return "\n".join(lines) + "\n"


# Values that only the right type can hold: negative for signed, beyond 32 bits for 64.
SCALARS = {
    FieldDescriptor.TYPE_DOUBLE: (1.0e300, -0.5),
    FieldDescriptor.TYPE_FLOAT: (1.5, -2.25),
    FieldDescriptor.TYPE_INT64: (-(1 << 40), 1 << 62),
    FieldDescriptor.TYPE_SINT64: (-(1 << 40), 1 << 62),
    FieldDescriptor.TYPE_SFIXED64: (-(1 << 40), 1 << 62),
    FieldDescriptor.TYPE_UINT64: (1 << 63, 7),
    FieldDescriptor.TYPE_FIXED64: (1 << 63, 7),
    FieldDescriptor.TYPE_INT32: (-7, 1 << 30),
    FieldDescriptor.TYPE_SINT32: (-7, 1 << 30),
    FieldDescriptor.TYPE_SFIXED32: (-7, 1 << 30),
    FieldDescriptor.TYPE_UINT32: (1 << 31, 7),
    FieldDescriptor.TYPE_FIXED32: (1 << 31, 7),
    FieldDescriptor.TYPE_BOOL: (True, True),
    FieldDescriptor.TYPE_STRING: ("a é\U0001f642", "b"),
    FieldDescriptor.TYPE_BYTES: (bytes(range(256)), b"b"),
}


def populate(message, member, depth):
    """Sets every field, `depth` levels deep; of each oneof and enum the member number `member` (modulo their size)."""
    descriptor = message.DESCRIPTOR
    if descriptor.full_name == "google.protobuf.Any":
        message.Pack(duration_pb2.Duration(seconds=3, nanos=5))
        return
    if descriptor.full_name in ("google.protobuf.Duration", "google.protobuf.Timestamp"):
        message.seconds, message.nanos = 1234567890, 123456789
        return
    if descriptor.full_name == "google.protobuf.FieldMask":
        message.paths.append("some_field")
        return

    def scalar(field, index):
        if field.enum_type is None:
            return SCALARS[field.type][index]
        values = [value.number for value in field.enum_type.values if value.number != 0]
        return values[(member + index) % len(values)] if values else 0

    for field in descriptor.fields:
        oneof = field.containing_oneof
        if oneof is not None and oneof.fields[member % len(oneof.fields)].name != field.name:
            continue
        target = getattr(message, field.name)
        is_map = field.message_type is not None and field.message_type.GetOptions().map_entry
        if is_map:
            key, value = field.message_type.fields_by_name["key"], field.message_type.fields_by_name["value"]
            for index in range(2):
                if value.message_type is None:
                    target[scalar(key, index)] = scalar(value, index)
                else:
                    entry = target[scalar(key, index)]
                    if depth > 0:
                        populate(entry, member + index, depth - 1)
        elif field.is_repeated:
            for index in range(2):
                if field.message_type is None:
                    target.append(scalar(field, index))
                else:
                    item = target.add()
                    if depth > 0:
                        populate(item, member + index, depth - 1)
        elif field.message_type is None:
            setattr(message, field.name, scalar(field, 0))
        else:
            target.SetInParent()
            if depth > 0:
                populate(target, member, depth - 1)


def samples(names):
    pool = descriptor_pool.Default()
    for name, _ in names:
        descriptor = pool.FindMessageTypeByName(name)
        enums = [field.enum_type for field in descriptor.fields if field.enum_type is not None]
        members = [len(oneof.fields) for oneof in descriptor.oneofs] + [len(enum.values) - 1 for enum in enums]
        instances = max(members + [2])
        for member in range(instances):
            message = message_factory.GetMessageClass(descriptor)()
            populate(message, member, 1)
            yield {
                "type": name,
                "bytes": base64.b64encode(message.SerializeToString()).decode(),
                "json": json_format.MessageToJson(message, indent=None),
            }


def main():
    files = load_files()
    descriptors = prune(files, index_types(files))
    names = message_names(descriptors)
    if sys.argv[1:] == ["--samples"]:
        for sample in samples(names):
            print(json.dumps(sample))
        return
    output, plugins, table_file = map(pathlib.Path, sys.argv[1:4])
    sources = [f.name for f in descriptors.file if not f.name.startswith("google/protobuf/")]
    services = [f.name for f in descriptors.file if f.service]
    with tempfile.TemporaryDirectory() as scratch:
        descriptor_file = os.path.join(scratch, "descriptors.binpb")
        pathlib.Path(descriptor_file).write_bytes(descriptors.SerializeToString())
        target = pathlib.Path(scratch, "out")
        target.mkdir()
        protoc = [sys.executable, "-m", "grpc_tools.protoc", f"--descriptor_set_in={descriptor_file}"]
        subprocess.run(
            protoc
            + [
                f"--plugin=protoc-gen-swift={plugins / 'protoc-gen-swift'}",
                "--swift_opt=Visibility=Package,FileNaming=PathToUnderscores,UseAccessLevelOnImports=true",
                f"--swift_out={target}",
            ]
            + sources,
            check=True,
        )
        subprocess.run(
            protoc
            + [
                f"--plugin=protoc-gen-grpc-swift-2={plugins / 'protoc-gen-grpc-swift-2'}",
                "--grpc-swift-2_opt=Visibility=Package,Server=false,Client=true,FileNaming=PathToUnderscores,"
                "UseAccessLevelOnImports=true",
                f"--grpc-swift-2_out={target}",
            ]
            + services,
            check=True,
        )
        shutil.rmtree(output, ignore_errors=True)
        output.mkdir(parents=True)
        for file in sorted(target.rglob("*.swift")):
            shutil.copy(file, output / file.name)
        table_file.parent.mkdir(parents=True, exist_ok=True)
        table_file.write_text(table(names))
    print(f"{len(sources)} protocol files → {output}")


main()
