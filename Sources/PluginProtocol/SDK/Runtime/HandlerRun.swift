// One request on its way through its handler. It does no I/O: a step is either a storage call to
// make or the answer, and the reply of that call makes the next step.
//
// Everything that was read is remembered with its revision, and the next write is conditional on
// all of it. On a conflict the handler runs again from its start on fresh entries; a write that
// succeeded settles what was read before it, which is forgotten, so that a run of any length fits
// into memory.

import JSON
import Paths
package import Wire

package final class HandlerRun {
    package enum Step {
        case call(StorageAction)
        /// To be run anywhere; what comes of it resumes the run.
        case work(@Sendable () throws -> Outcome)
        case heavyWork(@Sendable () throws -> Outcome)
        case wait(@Sendable () throws -> Outcome)
        case answer(EngineResponse)
    }

    /// How often a handler is run before other writers are said to be too many.
    package static let maxTries = 16
    /// Outcomes in a row that need no storage call; a handler that goes beyond would never end.
    private static let maxLocalSteps = 1_000

    private enum Waiting {
        case nothing
        case entries([String], @Sendable (Entries) throws -> Outcome)
        case page(@Sendable (ListPage) throws -> Outcome)
        case commit(@Sendable () throws -> Outcome)
        case password(@Sendable (String) throws -> Outcome)
        case filled(Int, @Sendable ([String?]) throws -> Outcome)
        case work
        case finalCommit(Answer)
    }

    package let mount: MountID
    private let handler: Handler
    private let request: Request
    private var tries = 0
    private var waiting = Waiting.nothing
    /// What came along with the request; it is not looked at again after a conflict or a write.
    private var prefetched: EntryTable
    /// What this try has read since its last write.
    private var known = EntryTable()

    package init(
        _ engine: MountedEngine, _ request: consuming EngineRequest, now: Timestamp
    ) throws(PluginError) {
        mount = request.mount
        prefetched = EntryTable(request.prefetched)
        request.prefetched = []
        do {
            (handler, self.request) = try engine.prepare(request, now: now)
        } catch {
            throw PluginError(reporting: error)
        }
    }

    package func start() -> Step {
        tries += 1
        known = EntryTable()
        return advance { try handler(request) }
    }

    package func resume(_ reply: StorageReply) -> Step {
        let waiting = waiting
        self.waiting = .nothing
        switch (waiting, reply) {
        case (_, .failure(let failure)):
            return .answer(EngineResponse(failure: failure))
        case (.commit, .conflict), (.finalCommit, .conflict):
            return retry()
        case (.finalCommit(let answer), .committed):
            return finish(answer)
        case (.commit(let then), .committed):
            prefetched = EntryTable()
            known = EntryTable()
            return advance(then)
        case (.entries(let keys, let then), .entries(let entries)):
            for entry in entries { known[entry.key] = entry }
            guard keys.allSatisfy({ known[$0] != nil }) else { return mismatch() }
            return advance { try then(Entries(known)) }
        case (.password(let then), .password(let password)):
            return advance { try then(password) }
        case (.filled(let count, let then), .filled(let texts)):
            guard texts.count == count else { return mismatch() }
            return advance { try then(texts) }
        case (.page(let then), .names(let names, let more)):
            let texts = names.compactMap { String(validating: $0, as: UTF8.self) }
            guard texts.count == names.count else { return mismatch() }
            return advance { try then(ListPage(names: texts, more: more)) }
        default:
            return mismatch()
        }
    }

    package func resume(_ result: Result<Outcome, PluginError>) -> Step {
        guard case .work = waiting else { return mismatch() }
        waiting = .nothing
        return advance { try result.get() }
    }

    private func retry() -> Step {
        guard tries < Self.maxTries else {
            return failed(
                PluginError(.unavailable, "too much contention on this path, try again later"))
        }
        prefetched = EntryTable()
        return start()
    }

    /// Runs `body` and what follows from it, until storage or nothing is needed.
    private func advance(_ body: () throws -> Outcome) -> Step {
        do {
            var outcome = try body()
            for _ in 0..<Self.maxLocalSteps {
                switch outcome {
                case .answer(let answer, let batch):
                    guard !batch.isEmpty else { return finish(answer) }
                    waiting = .finalCommit(answer)
                    return .call(try commit(batch))
                case .commit(let batch, let then):
                    guard !batch.isEmpty else {
                        outcome = try then()
                        continue
                    }
                    waiting = .commit(then)
                    return .call(try commit(batch))
                case .work(let body):
                    waiting = .work
                    return .work(body)
                case .heavyWork(let body):
                    waiting = .work
                    return .heavyWork(body)
                case .wait(let body):
                    waiting = .work
                    return .wait(body)
                case .intend(let intent, let batch, let then):
                    guard intent.bytes.count <= WireLimits.maxIntentBytes else {
                        throw PluginError(.internalError, "the intent is too large")
                    }
                    waiting = .commit(then)
                    return .call(try commit(batch, intent: intent.bytes))
                case .password(let policy, let then):
                    waiting = .password(then)
                    return .call(.password(policy: policy))
                case .fill(let templates, let then):
                    guard templates.count <= WireLimits.maxTemplatesPerFill else {
                        throw PluginError(.invalidRequest, "too many templates")
                    }
                    waiting = .filled(templates.count, then)
                    return .call(.fill(templates))
                case .list(let prefix, let after, let limit, let then):
                    waiting = .page(then)
                    return .call(
                        .list(
                            prefix: Array(prefix.utf8), after: Array((after ?? "").utf8),
                            limit: UInt32(max(1, min(limit, WireLimits.maxListPage)))))
                case .read(let keys, let then):
                    let missing = takePrefetched(keys)
                    guard missing.isEmpty else {
                        guard missing.count <= WireLimits.maxKeysPerGet else {
                            throw PluginError(.invalidRequest, "too many entries in one read")
                        }
                        waiting = .entries(missing, then)
                        return .call(.get(missing.map { Array($0.utf8) }))
                    }
                    outcome = try then(Entries(known))
                }
            }
            Log.error("a handler does not come to an end", ["path": request.path])
            return failed(.internalError)
        } catch {
            return failed(PluginError(reporting: error))
        }
    }

    /// The end of a request that was served. A body outside the envelope has no place for warnings.
    private func finish(_ answer: Answer) -> Step {
        var response = answer.response
        if answer.raw == nil, let warning = request.unrecognizedWarning {
            response.warnings.append(warning)
        }
        return .answer(response)
    }

    /// Moves what came with the request to what is known; returns the keys that are still missing.
    private func takePrefetched(_ keys: [String]) -> [String] {
        var missing: [String] = []
        for key in keys where known[key] == nil {
            if let entry = prefetched[key] {
                known[entry.key] = entry
            } else {
                missing.append(key)
            }
        }
        return missing
    }

    private func commit(
        _ batch: WriteBatch, intent: [UInt8] = []
    ) throws -> StorageAction {
        guard batch.puts.count <= WireLimits.maxChangesPerCommit,
            batch.deletes.count <= WireLimits.maxChangesPerCommit,
            known.entries.count <= WireLimits.maxChangesPerCommit
        else { throw PluginError(.invalidRequest, "too many changes in one write") }
        return .commit(
            StorageCommit(
                preconditions: known.entries.map {
                    StoragePrecondition(key: $0.key, revision: $0.revision)
                },
                puts: batch.puts.map { StoragePut(key: Array($0.key.utf8), value: $0.value) },
                deletes: batch.deletes.map { Array($0.utf8) }, intent: intent))
    }

    private func mismatch() -> Step {
        Log.error("a storage reply does not fit its call")
        return failed(.internalError)
    }

    private func failed(_ error: PluginError) -> Step {
        .answer(EngineResponse(failure: error.failure))
    }
}

extension PluginError {
    static let internalError = PluginError(
        .internalError, "the plugin failed to handle the request")

    /// What the client is told of an error that a handler threw. Only errors made for clients are
    /// shown; any other may hold a secret, so its type goes to the log and nothing else.
    package init(reporting error: any Error) {
        switch error {
        case let error as PluginError: self = error
        case let error as FieldError: self = PluginError(.invalidRequest, error.message)
        case let error as JSONError: self = PluginError(.invalidRequest, error.description)
        default:
            Log.error("a handler failed", ["error": String(reflecting: type(of: error))])
            self = .internalError
        }
    }
}
