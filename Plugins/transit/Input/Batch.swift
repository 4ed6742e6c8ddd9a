// One operation, or a batch of them: finds the items, runs each, and writes the answer. An item
// that fails does not fail the others.

import JSON
import PluginSDK

struct Batch {
    /// Of which operations a failed item makes the whole answer an error.
    enum Verdict {
        /// 400, or what the client chose for a batch that failed in part.
        case failsWithItems
        case alwaysSucceeds
    }

    let verdict: Verdict
    /// The object that an item makes, between its braces, appended to what is there.
    let item: (Members, inout [UInt8]) throws -> Void

    /// `each` sees the request's own members first, so that what holds for all items is read once.
    static func run(
        _ request: Request, _ verdict: Verdict,
        body: (Members) throws -> (
            Members, inout [UInt8]
        ) throws -> Void
    ) throws -> Answer {
        try request.withMembers { members in
            let batch = Batch(verdict: verdict, item: try body(members))
            if let items = members.raw(.batchInput) { return try batch.runAll(items, members) }
            var output: [UInt8] = []
            output.reserveCapacity(256)
            output.append(UInt8(ascii: "{"))
            try batch.item(members, &output)
            output.append(UInt8(ascii: "}"))
            return .json(output)
        }
    }

    private struct Tally {
        var items = 0
        var failures = 0
        var faults = 0
    }

    private func runAll(_ items: UnsafeRawBufferPointer, _ members: Members) throws -> Answer {
        guard items.first == UInt8(ascii: "[") else {
            throw PluginError(.invalidRequest, "failed to parse batch input: expected a list")
        }
        var output: [UInt8] = []
        output.reserveCapacity(items.count * 2 + 32)
        output.append(contentsOf: "{\"batch_results\":[".utf8)
        var tally = Tally()
        try JSONScanner.forEachElement(in: items) { place in
            if tally.items > 0 { output.append(UInt8(ascii: ",")) }
            tally.items += 1
            guard tally.items <= Limits.maxBatchItems else {
                throw PluginError(
                    .invalidRequest, "a batch may have at most \(Limits.maxBatchItems) items")
            }
            let object = UnsafeRawBufferPointer(rebasing: items[place])
            guard object.first == UInt8(ascii: "{") else {
                throw PluginError(
                    .invalidRequest, "failed to parse batch input: an item is no object")
            }
            runOne(Members(object), &output, &tally)
        }
        if tally.items == 0 {
            throw PluginError(.invalidRequest, "missing batch input to process")
        }
        output.append(contentsOf: "]}".utf8)
        return try answer(output, tally, members)
    }

    private func runOne(_ members: Members, _ output: inout [UInt8], _ tally: inout Tally) {
        output.append(UInt8(ascii: "{"))
        let start = output.count
        do { try item(members, &output) } catch {
            output.removeLast(output.count - start)
            let failure = error as? PluginError
            if failure?.code != .invalidRequest { tally.faults += 1 }
            tally.failures += 1
            output.append(contentsOf: "\"error\":".utf8)
            let message = failure?.message ?? "the item could not be processed"
            output.append(contentsOf: JSONValue.string(message).encoded())
        }
        if let reference = members.raw(.reference), reference.first == UInt8(ascii: "\"") {
            output.append(contentsOf: ",\"reference\":".utf8)
            output.append(contentsOf: reference)
        }
        output.append(UInt8(ascii: "}"))
    }

    private func answer(
        _ output: [UInt8], _ tally: Tally, _ members: Members
    ) throws -> Answer {
        guard verdict == .failsWithItems, tally.failures > 0 else { return .json(output) }
        let usual = tally.faults > 0 ? 500 : 400
        guard tally.failures < tally.items,
            let chosen = try members.integer(.partialFailureResponseCode)
        else { return .json(output, status: usual) }
        // Those without a body would swallow the results.
        guard (200...599).contains(chosen), ![204, 205, 304].contains(chosen) else {
            return .json(
                output, status: usual,
                warnings: [
                    "invalid HTTP response code override from partial_failure_response_code, "
                        + "reverting to \(usual)"
                ])
        }
        return .json(output, status: chosen)
    }
}

extension Request {
    /// Checks the client's data once and looks into them; no data are an empty object.
    func withMembers<Value>(_ body: (Members) throws -> Value) throws -> Value {
        let none = Array("{}".utf8)
        return try (data.isEmpty ? none : data).withUnsafeBytes { bytes in
            do throws(JSONError) { try JSONScanner.validate(bytes) } catch {
                throw PluginError(.invalidRequest, error.description)
            }
            guard JSONScanner.isObject(bytes) else {
                throw PluginError(.invalidRequest, "the request's data is not a JSON object")
            }
            return try body(Members(bytes))
        }
    }
}

/// The first item of a batch, if it is an object.
func firstItem(of items: UnsafeRawBufferPointer) throws -> Members? {
    var first: Members?
    JSONScanner.forEachElement(in: items) { place in
        let object = UnsafeRawBufferPointer(rebasing: items[place])
        if first == nil, object.first == UInt8(ascii: "{") { first = Members(object) }
    }
    return first
}
