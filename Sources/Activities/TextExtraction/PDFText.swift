import Foundation
import Subprocess

#if canImport(System)
    import System
#else
    import SystemPackage
#endif

/// The text of a PDF file through poppler's `pdftotext`, in a process of its own with bounded memory, time and output.
enum PDFText {
    /// Address space of the process; a file that needs more is refused rather than swapping the machine.
    private static let memoryBytes = 2 << 30
    private static let cpuSeconds = 120

    static func extract(_ file: URL, outputLimit: Int) async throws -> String {
        let result: ExecutionResult<Void, BytesOutput, DiscardedOutput>
        do {
            result = try await run(
                .name("prlimit"),
                arguments: [
                    "--as=\(memoryBytes)", "--cpu=\(cpuSeconds)", "--core=0",
                    "pdftotext", "-enc", "UTF-8", "-eol", "unix", "-q", file.path, "-",
                ],
                output: .bytes(limit: outputLimit),
                error: .discarded
            )
        } catch let error as SubprocessError where error.code == .executableNotFound {
            throw ActivityError(
                type: "configuration", status: 500, title: "PDF text extraction is not installed",
                detail: "pdftotext (poppler-utils) or prlimit (util-linux) is not on this worker's PATH",
                isRetryable: true
            )
        } catch let error as SubprocessError where error.code == .outputLimitExceeded {
            throw ActivityError.invalidInput("the PDF holds more than \(outputLimit >> 20) MiB of text")
        }
        guard case .exited(0) = result.terminationStatus else {
            throw failure(status: result.terminationStatus, file: file)
        }
        return String(decoding: result.standardOutput, as: UTF8.self)
            .split(separator: "\u{0C}", omittingEmptySubsequences: true)
            .map { $0.trimmingCharacters(in: .newlines) }
            .joined(separator: "\n\n")
    }

    private static func failure(status: TerminationStatus, file: URL) -> ActivityError {
        // pdftotext gives the same status for a damaged file and a wrong password.
        if let data = try? Data(contentsOf: file, options: .alwaysMapped), data.range(of: Data("/Encrypt".utf8)) != nil
        {
            return .invalidInput("the PDF is encrypted; upload it without a password")
        }
        switch status {
        case .exited(1), .exited(99): return .invalidInput("the PDF is corrupt and cannot be read")
        case .exited(3): return .invalidInput("the PDF forbids extracting its text")
        case .exited(127):
            return ActivityError(
                type: "configuration", status: 500, title: "PDF text extraction is not installed",
                detail: "pdftotext (poppler-utils) is not on this worker's PATH", isRetryable: true
            )
        default: return .invalidInput("the PDF could not be read within the limits of memory and time")
        }
    }
}
