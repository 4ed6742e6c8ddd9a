// `sys/loggers` and `sys/monitor`: how much the log says, and watching it.

internal import JSON
internal import Logging
internal import Paths
internal import Synchronization

enum SysLoggers {
    static let paths = [
        CorePath(
            "loggers",
            [
                .read: .immediate(readAll), .update: .immediate(write), .create: .immediate(write),
                .delete: .immediate(revert),
            ],
            fields: [.string("level", "trace, debug, info, warn or error.")],
            help: "The log's levels, of all its parts. Changes hold until the server ends."),
        CorePath(
            "loggers/:name",
            [
                .read: .immediate(readOne), .update: .immediate(write), .create: .immediate(write),
                .delete: .immediate(revert),
            ],
            fields: [.string("level", "trace, debug, info, warn or error.")],
            help: "The log's level for one part of the server."),
        CorePath(
            "monitor", [.read: .immediate(monitor)],
            fields: [
                .string("log_level", default: "info", "trace, debug, info, warn or error."),
                .string("log_format", default: "standard", "standard or json."),
            ],
            help: "The log's lines as they are written."),
    ]

    private static func log(_ call: CoreCall) throws(BackendFailure) -> any LogControl {
        guard let log = call.core.surroundings.withLock({ $0.log }) else {
            throw BackendFailure(.unavailable, "this server's log cannot be changed")
        }
        return log
    }

    private static func unknown(_ name: String) -> BackendFailure {
        BackendFailure(.notFound, "logger \"\(name)\" not found")
    }

    // MARK: Levels

    private static func readAll(_ call: CoreCall) throws(BackendFailure) -> BackendAnswer {
        var object = JSONObject()
        for (name, level) in try log(call).levels { object[name] = .string(level.vaultName) }
        return BackendAnswer(data: JSONValue.object(object).encoded())
    }

    private static func readOne(_ call: CoreCall) throws(BackendFailure) -> BackendAnswer {
        let name = call.name("name")
        guard let level = try log(call).levels.first(where: { $0.name == name })?.level else {
            throw unknown(name)
        }
        let object = JSONObject([(name, .string(level.vaultName))])
        return BackendAnswer(data: JSONValue.object(object).encoded())
    }

    private static func write(_ call: CoreCall) throws(BackendFailure) -> BackendAnswer {
        guard let text = call.fields.string("level"), !text.isEmpty else {
            throw BackendFailure(.invalidRequest, "level is required: \(levels)")
        }
        guard let level = Logger.Level(vaultName: text) else {
            throw BackendFailure(
                .invalidRequest, "invalid level \(text.quotedForMessage) provided: \(levels)")
        }
        let name = call.captures["name"]
        guard try log(call).setLevel(level, of: name) else { throw unknown(name ?? "") }
        call.core.logger.info(
            "log level changed", metadata: ["logger": "\(name ?? "*")", "level": "\(text)"])
        return BackendAnswer()
    }

    private static func revert(_ call: CoreCall) throws(BackendFailure) -> BackendAnswer {
        let name = call.captures["name"]
        guard try log(call).revertLevel(of: name) else { throw unknown(name ?? "") }
        return BackendAnswer()
    }

    private static let levels =
        "it must be \"trace\", \"debug\", \"info\", \"warn\" or \"error\""

    // MARK: Watching

    private static func monitor(_ call: CoreCall) throws(BackendFailure) -> BackendAnswer {
        guard let level = Logger.Level(vaultName: call.fields.string("log_level") ?? "info") else {
            throw BackendFailure(.invalidRequest, "unknown log level: \(levels)")
        }
        let name = call.fields.string("log_format") ?? ""
        guard let format = LogLineFormat(rawValue: name.isEmpty ? "standard" : name) else {
            throw BackendFailure(
                .invalidRequest,
                "unknown log format: it must be \"standard\" or \"json\"")
        }
        guard !call.request.isWrapped else {
            throw BackendFailure(.invalidRequest, "a stream cannot be wrapped")
        }
        guard let stream = try log(call).monitor(level, format: format) else {
            throw BackendFailure(
                .rateLimited, "too many clients are watching the log", retryAfterSeconds: 10)
        }
        let type = format == .json ? "application/x-ndjson" : "text/plain; charset=utf-8"
        var answer = BackendAnswer()
        answer.replay = ClientResponse(
            status: 200, body: .stream(contentType: type, stream),
            headers: [("X-Accel-Buffering", "no")])
        return answer
    }
}
