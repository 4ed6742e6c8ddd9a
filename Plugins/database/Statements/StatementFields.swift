// Statements as clients send them: one text or a list of texts. A text is not taken apart at
// commas, as other lists are; SQL is full of them.

import JSON
import Paths
import PluginSDK

extension FieldValues {
    /// The statements, without empty ones; `nil` if none are given.
    func statements(_ name: String) throws(PluginError) -> [String]? {
        guard isPresent(name), let value = value(name) else { return nil }
        var texts: [String] = []
        switch value {
        case .null: return nil
        case .string(let text): texts = [text]
        case .array(let values):
            for value in values {
                guard let text = value.stringValue else { throw Self.noStatements(name) }
                texts.append(text)
            }
        default: throw Self.noStatements(name)
        }
        texts.removeAll { $0.isEmpty }
        // They are kept with each lease, so there is an end to them.
        guard texts.reduce(0, { $0 + $1.utf8.count }) <= Limits.maxStatementBytes else {
            throw PluginError(
                .invalidRequest, "\(name) are longer than \(Limits.maxStatementBytes) bytes")
        }
        guard !texts.contains(where: { $0.utf8.contains(0) }) else {
            throw PluginError(.invalidRequest, "\(name) contain a NUL")
        }
        return texts
    }

    private static func noStatements(_ name: String) -> PluginError {
        PluginError(.invalidRequest, "\(name) must be a text or a list of texts")
    }
}
