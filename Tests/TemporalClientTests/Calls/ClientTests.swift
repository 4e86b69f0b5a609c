import Temporal
import TestSupport
import Testing

/// The client's calls against a real server whose workflows a Python worker serves.
@Suite(.pythonSDK, .temporalServer(), .pythonWorker, .timeLimit(.minutes(5)))
struct ClientTests {}
