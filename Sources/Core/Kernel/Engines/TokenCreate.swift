// `auth/token/create`, `create-orphan` and `create/:role_name`.

internal import Clock
internal import JSON
internal import Paths

enum TokenCreate {
    private static let fields: [Field] = [
        .string("id", "Token's text; needs root or sudo."),
        .string("display_name", "Shown in look-ups and in the audit log."),
        .stringList("policies", "Policies of the token; the parent's if left out."),
        .stringMap("meta", "Metadata, shown in look-ups and in the audit log."),
        .boolean("no_parent", "Make the token an orphan; needs root or sudo."),
        .boolean("no_default_policy", "Leave the policy \"default\" out."),
        .boolean("renewable", default: true, "Whether the token can be renewed."),
        .string("lease", "Old name of ttl."),
        .duration("ttl", "Lifetime."),
        .duration("explicit_max_ttl", "Lifetime that no renewal exceeds."),
        .duration("period", "Renewal period of a token without maximum; needs root or sudo."),
        .integer("num_uses", "How often the token can be used; 0 is without limit."),
        .string("type", "\"service\" or \"batch\"."),
        .string("entity_alias", "Entity alias; needs a token role that allows it."),
    ]

    static let path = CorePath(
        "create", [.update: .callback(createChild), .create: .callback(createChild)],
        fields: fields, help: "Create a token, a child of the caller's.")

    static let orphanPath = CorePath(
        "create-orphan", [.update: .callback(createOrphan), .create: .callback(createOrphan)],
        fields: fields, help: "Create a token without a parent.")

    static let rolePath = CorePath(
        "create/:role_name", [.update: .callback(createByRole), .create: .callback(createByRole)],
        fields: fields, help: "Create a token as a token role has it.")

    private static func createChild(_ call: CoreCall, _ then: @escaping CoreHandler.Completion) {
        create(call, path: "auth/token/create", isOrphan: false, role: nil, then)
    }

    private static func createOrphan(_ call: CoreCall, _ then: @escaping CoreHandler.Completion) {
        create(call, path: "auth/token/create-orphan", isOrphan: true, role: nil, then)
    }

    private static func createByRole(_ call: CoreCall, _ then: @escaping CoreHandler.Completion) {
        let name = call.name("role_name")
        do throws(BackendFailure) {
            guard let role = try call.state.tokenRoles.find(name) else {
                throw BackendFailure(.invalidRequest, "unknown role \(name)")
            }
            create(call, path: "auth/token/create/\(name)", isOrphan: false, role: role, then)
        } catch { then(.failure(error)) }
    }

    private static func create(
        _ call: CoreCall, path: String, isOrphan: Bool, role: TokenRole?,
        _ then: @escaping CoreHandler.Completion
    ) {
        do throws(BackendFailure) {
            let caller = try call.requireCaller()
            let wish = try TokenWish(
                call.fields, caller: caller, path: path, isOrphan: isOrphan, role: role)
            guard let alias = wish.entityAlias else { return issue(call, wish, then) }
            Task {
                do throws(BackendFailure) {
                    var wish = wish
                    wish.request.entityID = try await call.state.entityID(ofTokenAlias: alias)
                    issue(call, wish, then)
                } catch { then(.failure(error)) }
            }
        } catch { then(.failure(error)) }
    }

    private static func issue(
        _ call: CoreCall, _ wish: TokenWish, _ then: @escaping CoreHandler.Completion
    ) {
        let state = call.state
        let now = Timestamp.now.seconds
        state.tokens.issue(
            wish.request, parent: wish.parent, mount: state.tokenLifetimes, now: now
        ) { result in
            then(
                result.map { issued in
                    let unknown = issued.entry.policies.filter { !state.policies.contains($0) }
                    var answer = BackendAnswer(
                        warnings: issued.warnings
                            + unknown.map { "Policy \"\($0)\" does not exist" })
                    answer.login = TokenPresentation.auth(
                        issued.entry, secret: issued.secret,
                        identityPolicies: state.identityPolicies(of: issued.entry.entityID),
                        now: now)
                    return answer
                })
        }
    }
}
