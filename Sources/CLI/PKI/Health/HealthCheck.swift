// A check of a mount's health is a value. All of them stand in this list, in the order in which
// they run.

import JSON

struct HealthCheck: Sendable {
    typealias Body =
        @Sendable (HealthContext, HealthParameters) async throws -> [HealthResult]

    let name: String
    let defaults: [(name: String, value: JSONValue)]
    private let body: Body

    init(
        _ name: String, _ defaults: [(name: String, value: JSONValue)] = [], body: @escaping Body
    ) {
        self.name = name
        self.defaults = defaults
        self.body = body
    }

    /// What the server refuses is a result like others.
    func run(
        _ context: HealthContext, _ parameters: HealthParameters
    ) async throws -> [HealthResult] {
        do {
            return try await body(context, parameters)
        } catch let refusal as HealthRefusal {
            return [refusal.result]
        }
    }

    static let all: [HealthCheck] = [
        .authorityValidity, .listValidity, .rootIssuedLeaves,
        .roleAllowsLocalhost, .roleAllowsGlobWildcards, .roleStores,
        .auditVisibility, .allowIfModifiedSince,
        .enableAutoTidy, .tidyLastRun, .tooManyCertificates,
        .enableACME, .allowACMEHeaders,
    ]
}
