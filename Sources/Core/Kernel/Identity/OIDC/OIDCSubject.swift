// Whom an identity token is about: the part of an entity that a template can speak of.

internal import JSON

struct OIDCSubject: Sendable {
    struct Alias: Sendable {
        let mountAccessor: String
        let id: String
        let name: String
        var metadata = JSONObject()
        var customMetadata = JSONObject()
    }

    struct Group: Sendable {
        let id: String
        let name: String
    }

    let entityID: String
    let name: String
    var metadata = JSONObject()
    var aliases: [Alias] = []
    /// Direct and inherited.
    var groups: [Group] = []
}
