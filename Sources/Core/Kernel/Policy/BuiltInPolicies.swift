// The policies that every server has.

extension Policy {
    /// Everything, sudo included. It has no text and no rules.
    public static let root = Policy(name: .root, rules: [], raw: "", isRoot: true)

    /// What every token gets unless it asks not to: to look after itself. People may rewrite it.
    public static let `default` = builtIn(.default, defaultText)

    /// What a wrapping token holds.
    public static let responseWrapping = builtIn(.responseWrapping, responseWrappingText)

    private static func builtIn(_ name: PolicyName, _ text: String) -> Policy {
        do {
            return try parse(name: name, text: text)
        } catch {
            preconditionFailure("the built-in policy \(name) does not parse: \(error)")
        }
    }

    private static let responseWrappingText = """
        # The one thing that was wrapped, once.
        path "cubbyhole/response" {
            capabilities = ["create", "read"]
        }

        path "sys/wrapping/unwrap" {
            capabilities = ["update"]
        }
        """

    private static let defaultText = """
        # A token may look itself up, renew itself and end itself.
        path "auth/token/lookup-self" {
            capabilities = ["read"]
        }
        path "auth/token/renew-self" {
            capabilities = ["update"]
        }
        path "auth/token/revoke-self" {
            capabilities = ["update"]
        }

        # It may ask what it is allowed to do. The second path is for user interfaces; its answer
        # may change its form at any time.
        path "sys/capabilities-self" {
            capabilities = ["update"]
        }
        path "sys/internal/ui/resultant-acl" {
            capabilities = ["read"]
        }

        # It may read the entity it belongs to.
        path "identity/entity/id/{{identity.entity.id}}" {
            capabilities = ["read"]
        }
        path "identity/entity/name/{{identity.entity.name}}" {
            capabilities = ["read"]
        }

        # It may renew and look up a lease whose id it knows; older clients use sys/renew.
        path "sys/renew" {
            capabilities = ["update"]
        }
        path "sys/leases/renew" {
            capabilities = ["update"]
        }
        path "sys/leases/lookup" {
            capabilities = ["update"]
        }

        # It has a private place of its own.
        path "cubbyhole/*" {
            capabilities = ["create", "read", "update", "delete", "list"]
        }

        # It may wrap a value, see when a wrapping token was made, and unwrap one.
        path "sys/wrapping/wrap" {
            capabilities = ["update"]
        }
        path "sys/wrapping/lookup" {
            capabilities = ["update"]
        }
        path "sys/wrapping/unwrap" {
            capabilities = ["update"]
        }

        # It may hash data.
        path "sys/tools/hash" {
            capabilities = ["update"]
        }
        path "sys/tools/hash/*" {
            capabilities = ["update"]
        }

        # It may see how far a request that waits for other people's consent has come.
        path "sys/control-group/request" {
            capabilities = ["update"]
        }

        # It may sign in to applications through the server's OIDC providers.
        path "identity/oidc/provider/+/authorize" {
            capabilities = ["read", "update"]
        }

        """
}
