internal import SwiftProtobuf
internal import TemporalProtocol

/// What a turn sends, encoded and weighed.
struct CommandBatch: Sendable {
    let commands: [Temporal_Api_Command_V1_Command]
    /// What some of the commands carry, and the rejections of updates.
    let messages: [ProtocolMessage]
    /// How the run ends when the server accepts.
    let outcome: WorkflowOutcome?
    /// The commands were too large: the workflow fails with this instead.
    let replacedBy: Failure?

    init<Machine>(
        _ run: WorkflowRun<Machine>, codec: any PayloadCodec, limits: SizeLimit
    ) async throws(TemporalError) {
        var commands: [Temporal_Api_Command_V1_Command] = []
        var messages: [ProtocolMessage] = []
        var total = 0
        var tooLarge: Failure?
        for command in run.outgoing {
            let encoded = try await command.message(run, codec.encoding)
            commands.append(encoded)
            var size = encoded.encodedSize
            if let message = try await command.protocolMessage(codec.encoding) {
                messages.append(message)
                size += message.body.value.count
            }
            total += size
            if size > limits.command, tooLarge == nil {
                tooLarge = SizeLimit.failure(
                    "\(command.summary) carries \(size) bytes; the server takes \(limits.command). "
                        + "Pass large values by reference.")
            }
        }
        if total > limits.request, tooLarge == nil {
            tooLarge = SizeLimit.failure(
                "\(commands.count) commands of one task carry \(total) bytes; the server takes \(limits.request) at once. "
                    + "Pass large values by reference.")
        }
        if tooLarge != nil { messages = [] }
        for rejection in run.rejections {
            messages.append(try await rejection.protocolMessage(codec.encoding))
        }
        self.messages = messages
        replacedBy = tooLarge
        if let tooLarge {
            let failure = try await codec.encoding(tooLarge)
            self.commands = [
                .with {
                    $0.commandType = .failWorkflowExecution
                    $0.failWorkflowExecutionCommandAttributes.failure = failure.proto
                }
            ]
            outcome = .failed(tooLarge)
        } else {
            self.commands = commands
            outcome = run.closing
        }
    }
}

extension Message {
    /// Bytes on the wire; 0 for what cannot be written.
    var encodedSize: Int { (try? serializedBytes() as [UInt8])?.count ?? 0 }
}
