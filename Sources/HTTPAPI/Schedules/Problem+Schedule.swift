import Executions
import HTTPTypes

extension Problem {
    init(_ error: ScheduleError) {
        self.init(
            status: error.code == .unknownSchedule ? .notFound : .conflict, code: error.code.rawValue,
            title: error.title, detail: error.message)
    }
}
