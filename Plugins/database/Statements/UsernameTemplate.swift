// Names of users, by a template: text with parts in `{{ }}`, in which values pass through functions
// from left to right.
//
//     {{ printf "v-%s-%s" (.DisplayName | truncate 8) (random 20) | lowercase }}

import PluginSDK

struct TemplateError: Error, Sendable {
    let message: String
    init(_ message: String) { self.message = message }
}

struct UsernameTemplate: Sendable {
    enum Part: Sendable {
        case text(String)
        case value(Pipeline)
    }

    /// Each command gets what came of the one before as its last argument.
    struct Pipeline: Sendable {
        var commands: [Command]
    }

    enum Command: Sendable {
        case call(TemplateFunction, [Operand])
        case operand(Operand)
    }

    indirect enum Operand: Sendable {
        case text(String)
        case number(Int)
        case displayName
        case roleName
        case function(TemplateFunction)
        case pipeline(Pipeline)
    }

    private let parts: [Part]

    init(parsing text: String) throws(TemplateError) {
        guard text.utf8.count <= Limits.maxTemplateBytes else {
            throw TemplateError("it is longer than \(Limits.maxTemplateBytes) bytes")
        }
        parts = try TemplateParser.parts(text)
    }

    func username(
        displayName: String, roleName: String, now: Timestamp
    ) throws(TemplateError) -> String {
        let values = TemplateValues(displayName: displayName, roleName: roleName, now: now)
        var name = ""
        for part in parts {
            switch part {
            case .text(let text): name += text
            case .value(let pipeline): name += try values.value(pipeline).text
            }
            guard name.utf8.count <= Limits.maxTemplateBytes else {
                throw TemplateError("the name becomes too long")
            }
        }
        return name
    }

    /// The same, if it is a name that a server takes.
    func username(
        displayName: String, roleName: String, now: Timestamp, maxBytes: Int
    ) throws(TemplateError) -> String {
        let name = try username(displayName: displayName, roleName: roleName, now: now)
        guard !name.isEmpty, name.utf8.count <= maxBytes, !name.utf8.contains(0) else {
            throw TemplateError(
                "it gives a name of \(name.utf8.count) bytes; it must have 1 to \(maxBytes)"
                    + (name.utf8.contains(0) ? ", and no NUL" : ""))
        }
        return name
    }

    /// Whether a template can work at all: it is read, and tried with the shortest names, so that
    /// who writes it hears of it, and not who needs a user.
    static func check(_ text: String, maxBytes: Int) throws(TemplateError) {
        _ = try UsernameTemplate(parsing: text).username(
            displayName: "d", roleName: "r", now: .now, maxBytes: maxBytes)
    }
}

/// What a part of a template comes to.
enum TemplateValue: Sendable {
    case text(String)
    case number(Int)
    /// Seconds or milliseconds: a text in Go, which `printf` takes as a number here too.
    case time(Int)

    var text: String {
        switch self {
        case .text(let text): text
        case .number(let number), .time(let number): String(number)
        }
    }

    func number(for function: TemplateFunction) throws(TemplateError) -> Int {
        guard case .number(let number) = self else {
            throw TemplateError("\(function.rawValue): a number is missing")
        }
        return number
    }
}

/// One evaluation.
struct TemplateValues: Sendable {
    let displayName: String
    let roleName: String
    let now: Timestamp

    func value(_ pipeline: UsernameTemplate.Pipeline) throws(TemplateError) -> TemplateValue {
        var previous: TemplateValue?
        for command in pipeline.commands {
            switch command {
            case .call(let function, let operands):
                var arguments: [TemplateValue] = []
                for operand in operands { arguments.append(try value(operand)) }
                if let previous { arguments.append(previous) }
                let made = try function.apply(arguments, now: now)
                // One step after the other could make it longer without an end.
                guard made.text.utf8.count <= Limits.maxTemplateValueBytes else {
                    throw TemplateError("\(function.rawValue): the text becomes too long")
                }
                previous = made
            case .operand(let operand):
                guard previous == nil else {
                    throw TemplateError("only a function can take what comes before a \"|\"")
                }
                previous = try value(operand)
            }
        }
        guard let previous else { throw TemplateError("an empty part") }
        return previous
    }

    private func value(
        _ operand: UsernameTemplate.Operand
    ) throws(TemplateError) -> TemplateValue {
        switch operand {
        case .text(let text): .text(text)
        case .number(let number): .number(number)
        case .displayName: .text(displayName)
        case .roleName: .text(roleName)
        case .function(let function): try function.apply([], now: now)
        case .pipeline(let pipeline): try value(pipeline)
        }
    }
}
